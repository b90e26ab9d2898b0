-- Claims what falls due within the next second. ARGV: now in ms, limit. Answers the claims, packed.

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
return table.concat(claims)
