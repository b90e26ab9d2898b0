-- Adds a monitor or moves it. KEYS: also 4 locations. ARGV: id, interval, phase, timeout, planned, location.
-- A claim under way goes on where interval and timeout stay as they are.

local interval, phase, timeout = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local before = facts_of(ARGV[1])
local same = before and before.interval == interval and before.timeout == timeout
if same and before.claimed == 1 and redis.call('ZSCORE', KEYS[1], ARGV[1]) then return end
redis.call('SADD', KEYS[4], ARGV[6])
wait({id = ARGV[1], interval = interval, phase = phase, timeout = timeout, fence = redis.call('INCR', KEYS[3])},
  tonumber(ARGV[5]))
