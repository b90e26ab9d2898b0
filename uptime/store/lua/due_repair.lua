-- Brings the schedule in line with the monitors there are.
-- ARGV: now in ms, then id, interval, phase and timeout of each, packed. Answers the ids brought back from
-- further ahead than a clock that runs evenly can have put them, packed.

local now, back = tonumber(ARGV[1]), {}
for place = 1, #ARGV[2], 20 do
  local number, interval, phase, timeout = struct.unpack('>I8I4I4I4', ARGV[2], place)
  local id = string.format('%.0f', number)
  local facts, score = facts_of(id), tonumber(redis.call('ZSCORE', KEYS[1], id))
  local same = facts and facts.interval == interval and facts.timeout == timeout
  local ahead = score and score > now + interval * 1000 + timeout + LEASE_MARGIN_MS
  if not same or not score or ahead then
    facts = {id = id, interval = interval, phase = phase, timeout = timeout, fence = redis.call('INCR', KEYS[3])}
    wait(facts, slot_at(facts, now) + interval * 1000)
  end
  if same and ahead then back[#back + 1] = struct.pack('>I8', number) end
end
return table.concat(back)
