-- Give up a place, but only for the one that holds it. KEYS: the place. ARGV: the holder.
if redis.call('get', KEYS[1]) == ARGV[1] then
  return redis.call('del', KEYS[1])
end
return 0
