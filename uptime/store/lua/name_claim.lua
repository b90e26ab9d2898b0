-- Gives a monitor its place and name in an account. KEYS: names, monitors, removed.
-- ARGV: id, name, the name before or "", score of its place, whether the name must be free, whether it was removed.
-- 0: the name is taken, or somebody else has brought the removed one back.
local id, name, before = ARGV[1], ARGV[2], ARGV[3]
if ARGV[5] == '1' then
  for _, member in ipairs(redis.call('ZRANGEBYLEX', KEYS[1], '[' .. name .. '\0', '[' .. name .. '\0\255')) do
    if member ~= name .. '\0' .. id then
      return 0
    end
  end
end
if redis.call('ZREM', KEYS[3], id) == 0 and ARGV[6] == '1' then
  return 0
end
if before ~= '' and before ~= name then
  redis.call('ZREM', KEYS[1], before .. '\0' .. id)
end
redis.call('ZADD', KEYS[1], 0, name .. '\0' .. id)
redis.call('ZADD', KEYS[2], 'NX', ARGV[4], id)
return 1
