-- Gives a monitor its place and name in an account. KEYS: names, monitors, removed.
-- ARGV: id, name, the name before or "", whether the name must be free, score of its place. 0: the name is taken.
local id, name, before = ARGV[1], ARGV[2], ARGV[3]
if ARGV[4] == '1' then
  for _, member in ipairs(redis.call('ZRANGEBYLEX', KEYS[1], '[' .. name .. '\0', '[' .. name .. '\0\255')) do
    if member ~= name .. '\0' .. id then
      return 0
    end
  end
end
if before ~= '' and before ~= name then
  redis.call('ZREM', KEYS[1], before .. '\0' .. id)
end
redis.call('ZADD', KEYS[1], 0, name .. '\0' .. id)
redis.call('ZADD', KEYS[2], 'NX', ARGV[5], id)
redis.call('ZREM', KEYS[3], id)
return 1
