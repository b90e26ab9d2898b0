-- Moves a member of an index to its next time, unless its time has been changed since it was read.
-- KEYS: the index. ARGV: member, the score that was read, the next score ("" takes it out).

local score = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not score or tonumber(score) ~= tonumber(ARGV[2]) then return 0 end
if ARGV[3] == '' then
  redis.call('ZREM', KEYS[1], ARGV[1])
else
  redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
end
return 1
