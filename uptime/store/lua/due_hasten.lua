-- Moves the planned time of a monitor that nobody has claimed forward, never back. ARGV: id, planned.
local facts, planned = facts_of(ARGV[1]), tonumber(ARGV[2])
if facts and facts.claimed == 0 and planned < facts.planned then wait(facts, planned) end
