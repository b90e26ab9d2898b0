-- Claims what falls due within the next second. KEYS: 4 the asker's last answer.
-- ARGV: now in ms, limit, number of the question, seconds the answer is kept. Answers the claims, packed.

-- Asked the same number again, the asker never saw the answer: claiming more would leave those claims to nobody.
local answered = redis.call('GET', KEYS[4])
if answered and answered:sub(1, #ARGV[3] + 1) == ARGV[3] .. ':' then
  return answered:sub(#ARGV[3] + 2)
end

local now, claims = tonumber(ARGV[1]), {}
local found = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now + SOON_MS, 'WITHSCORES', 'LIMIT', 0, ARGV[2])
for place = 1, #found, 2 do
  local facts, score = facts_of(found[place]), tonumber(found[place + 1])
  if not facts then
    redis.call('ZREM', KEYS[1], found[place])
  elseif facts.claimed == 0 or score <= now then
    local planned = facts.planned
    if now - planned > facts.interval * 1000 + facts.timeout + LEASE_MARGIN_MS then
      planned = slot_at(facts, now)
    end
    claims[#claims + 1] = claim(facts, planned, now)
  end
end
local answer = table.concat(claims)
if answer ~= '' then
  redis.call('SET', KEYS[4], ARGV[3] .. ':' .. answer, 'EX', ARGV[4])
end
return answer
