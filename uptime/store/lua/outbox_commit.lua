-- Writes what was decided of a monitor's changes, all or nothing. KEYS: alert state, outbox, decisions.
-- ARGV: 1 the state that was decided from ("" for none), 2 the state after, 3 most decisions kept, 4 seconds they are
-- kept, then for each decision: ms, the decision, the entry of the outbox it settles ("" for none).
-- Answers 0 where somebody else has changed the state meanwhile.

if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
for place = 5, #ARGV, 3 do
  redis.call('ZADD', KEYS[3], ARGV[place], ARGV[place + 1])
  if ARGV[place + 2] ~= '' then redis.call('LREM', KEYS[2], 1, ARGV[place + 2]) end
end
if #ARGV > 4 then
  redis.call('ZREMRANGEBYRANK', KEYS[3], 0, -ARGV[3] - 1)
  redis.call('EXPIRE', KEYS[3], ARGV[4])
end
return 1
