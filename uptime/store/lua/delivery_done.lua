-- Notes what became of messages. KEYS: pending, told, sent, log.
-- ARGV: ms, ms before which sent ones are forgotten, most entries of the log, number of log entries, those entries,
-- then for each message: id, "1" where it was sent, monitor, id of what takes its place ("" for nothing), and that.
-- A reminder is put down only while the channel has not told of the end.

local at, entries = ARGV[1], tonumber(ARGV[4])
for place = 5, 4 + entries do redis.call('LPUSH', KEYS[4], ARGV[place]) end
if entries > 0 then redis.call('LTRIM', KEYS[4], 0, ARGV[3] - 1) end
for place = 5 + entries, #ARGV, 5 do
  local id, sent, monitor, next_id, message = ARGV[place], ARGV[place + 1], ARGV[place + 2], ARGV[place + 3], ARGV[place + 4]
  if sent == '1' then redis.call('ZADD', KEYS[3], at, id) end
  if next_id ~= id then redis.call('HDEL', KEYS[1], id) end
  if next_id == id or (next_id ~= '' and redis.call('HEXISTS', KEYS[2], monitor) == 1) then
    redis.call('HSET', KEYS[1], next_id, message)
  end
end
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', ARGV[2])
return 1
