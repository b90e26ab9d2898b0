-- The one set-up there is. KEYS: mark, user, names. ARGV: user as JSON, name, id. 0: it has happened already.
if not redis.call('SET', KEYS[1], '1', 'NX') then
  return 0
end
redis.call('SET', KEYS[2], ARGV[1])
redis.call('HSET', KEYS[3], ARGV[2], ARGV[3])
return 1
