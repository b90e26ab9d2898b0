-- Puts messages where their channel will find them, each once. KEYS: pending, told, sent.
-- ARGV, for each: id, monitor, what it does to what the channel has told ("begins", "ends", "within" or ""), event,
-- message. What is said within trouble, or of its end, goes only where its beginning went.
-- Answers one byte for each: 1 put, 0 there already, 2 not wanted here.

local answers = {}
for place = 1, #ARGV, 5 do
  local id, monitor, effect, event = ARGV[place], ARGV[place + 1], ARGV[place + 2], ARGV[place + 3]
  if redis.call('HEXISTS', KEYS[1], id) == 1 or redis.call('ZSCORE', KEYS[3], id) then
    answers[#answers + 1] = '0'
  elseif effect == 'ends' and redis.call('HDEL', KEYS[2], monitor) == 0
    or effect == 'within' and redis.call('HEXISTS', KEYS[2], monitor) == 0 then
    answers[#answers + 1] = '2'
  else
    if effect == 'begins' then redis.call('HSET', KEYS[2], monitor, event) end
    redis.call('HSET', KEYS[1], id, ARGV[place + 4])
    answers[#answers + 1] = '1'
  end
end
return table.concat(answers)
