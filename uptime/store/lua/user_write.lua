-- Writes, replaces or removes a user whose login words nobody else may have, while the account keeps an owner.
-- KEYS: user, logins, members, owners; what the write hangs on. ARGV: JSON before ('' for none), JSON after ('' for
-- none), id, 1 for an active owner, 'first' or 'invited' or '', field of the invitation, name, e-mail, words before.
-- 0: done. 1: it is not what it was. 2, 3: the name, the e-mail is taken. 4: the last owner. 5: that came too late.
local before, after, id = ARGV[1], ARGV[2], ARGV[3]
if (redis.call('GET', KEYS[1]) or '') ~= before then
  return 1
end
if ARGV[5] == 'first' and redis.call('EXISTS', KEYS[5]) == 1 then
  return 5
end
if ARGV[5] == 'invited' and redis.call('HEXISTS', KEYS[5], ARGV[6]) == 0 then
  return 5
end
for place = 7, 8 do
  local holder = ARGV[place] ~= '' and redis.call('HGET', KEYS[2], ARGV[place])
  if holder and holder ~= id then
    return place - 5
  end
end
if ARGV[4] ~= '1' and redis.call('SISMEMBER', KEYS[4], id) == 1 and redis.call('SCARD', KEYS[4]) == 1 then
  return 4
end
if ARGV[5] == 'first' then
  redis.call('SET', KEYS[5], '1')
elseif ARGV[5] == 'invited' then
  redis.call('HDEL', KEYS[5], ARGV[6])
end
for place = 9, #ARGV do
  redis.call('HDEL', KEYS[2], ARGV[place])
end
redis.call(ARGV[4] == '1' and 'SADD' or 'SREM', KEYS[4], id)
if after == '' then
  redis.call('DEL', KEYS[1])
  redis.call('SREM', KEYS[3], id)
  return 0
end
redis.call('SET', KEYS[1], after)
redis.call('SADD', KEYS[3], id)
for place = 7, 8 do
  if ARGV[place] ~= '' then
    redis.call('HSET', KEYS[2], ARGV[place], id)
  end
end
return 0
