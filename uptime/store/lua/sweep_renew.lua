-- Keep the place of a running sweep, but only for the one that holds it.
-- KEYS: the place. ARGV: the sweep, its lease in ms.
if redis.call('get', KEYS[1]) == ARGV[1] then
  return redis.call('pexpire', KEYS[1], ARGV[2])
end
return 0
