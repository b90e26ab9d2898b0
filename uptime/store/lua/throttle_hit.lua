-- Counts and dates in one step, or a crash between the two would count for ever. KEYS: counter. ARGV: window in ms.
local count = redis.call('INCR', KEYS[1])
if count == 1 then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
end
return {count, redis.call('PTTL', KEYS[1])}
