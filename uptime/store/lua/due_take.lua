-- Renews leases. ARGV: now in ms, then id and fence of each claim, packed. Answers one byte each: 1 held, 0 lost.

local now, answers = tonumber(ARGV[1]), {}
for place = 1, #ARGV[2], 16 do
  local facts = held(struct.unpack('>I8I8', ARGV[2], place))
  if facts then lease(facts, now) end
  answers[#answers + 1] = facts and '\1' or '\0'
end
return table.concat(answers)
