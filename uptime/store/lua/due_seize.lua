-- Claims current planned times that are still open. ARGV: now in ms, ids packed.
-- Answers a claim for each, packed; all zeros where there is nothing to claim.

local now, answers = tonumber(ARGV[1]), {}
for place = 1, #ARGV[2], 8 do
  local id = string.format('%.0f', struct.unpack('>I8', ARGV[2], place))
  local facts, score = facts_of(id), tonumber(redis.call('ZSCORE', KEYS[1], id))
  local open = facts and facts.planned <= now and (facts.claimed == 0 or not score or score <= now)
  answers[#answers + 1] = open and claim(facts, math.max(facts.planned, slot_at(facts, now)), now)
    or string.rep('\0', 28)
end
return table.concat(answers)
