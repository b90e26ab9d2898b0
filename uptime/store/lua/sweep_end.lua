-- Give up the place of a running sweep, but only for the one that holds it.
-- KEYS: the place. ARGV: the sweep.
if redis.call('get', KEYS[1]) == ARGV[1] then
  return redis.call('del', KEYS[1])
end
return 0
