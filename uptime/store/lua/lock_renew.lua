-- Keep a place, but only for the one that holds it. KEYS: the place. ARGV: the holder, its lease in ms.
if redis.call('get', KEYS[1]) == ARGV[1] then
  return redis.call('pexpire', KEYS[1], ARGV[2])
end
return 0
