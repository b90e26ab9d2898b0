-- Puts one heartbeat on record: chunk, rollups, state, outage, change and evidence, all or nothing.
-- Answers 1 when it was written, 2 when it had been already, 3 when the state has moved on.
--
-- KEYS: state, chunk, chunks, hour counts, day counts, hour latencies, day latencies, rollups, locations.
--       With more than six arguments also: evidence, changes, outages, tokens, certificate, outbox, then one string
--       of counts for each of ARGV[15...].
-- ARGV: 1 version before, 2 state, 3 score, 4 member, 5 numbers, 6 location. All others or none, "" for what is
--       not there: 7 token, 8 text of a failure, 9 its excerpt, 10 change, 11 end of an outage that is open,
--       12 outage that begins, 13 certificate, 14 event for the outbox,
--       15... missed planned times: "expiry length field times field times".

local call, pack, unpacked = redis.call, struct.pack, struct.unpack
local byte, sub, floor = string.byte, string.sub, math.floor
local chunk, rollups, score, member = KEYS[2], KEYS[8], ARGV[3], ARGV[4]
local planned, at, ttl, start, span, interval, kind, bin, latency = unpacked('>I8I8I4I8I4I4BBI3', ARGV[5])
local at_s = floor(at / 1000)

local token = ARGV[7] ~= '' and ARGV[7] or nil

local head = call('GETRANGE', KEYS[1], 0, 11)
local version, newest = string.rep('\0', 4), 0
if #head == 12 then
  version, newest = sub(head, 1, 4), unpacked('>I8', head, 5)
end
local last = call('ZREVRANGE', chunk, 0, 0, 'WITHSCORES')

local function repeated()
  if token then return call('ZSCORE', KEYS[13], token) end
  if newest == planned then return true end
  if not last[2] or tonumber(last[2]) < tonumber(score) then return false end
  -- After the clock was set back, slots come round again: only the same bytes are a repeat then.
  for _, entry in ipairs(call('ZRANGEBYSCORE', chunk, score, score)) do
    if newest > planned or sub(entry, 4) == sub(member, 4) then return true end
  end
  return false
end

-- The repeat is looked for before the version: a write tried again finds the state that it made itself.
if repeated() then return 2 end
if version ~= ARGV[1] then return 3 end
local late = not token and planned < newest

local function open_chunk()
  local ended = start + span + interval + SLACK
  call('SADD', KEYS[9], ARGV[6])
  call('ZADD', KEYS[3], ended, string.format('%.0f:%.0f', start, span))
  if ttl > 0 then
    call('EXPIRE', chunk, ended + ttl - at_s)
    call('ZREMRANGEBYSCORE', KEYS[3], '-inf', at_s - ttl)
  end
end

local function keep(key, expiry)
  call('ZREMRANGEBYSCORE', rollups, '-inf', at_s)
  call('ZADD', rollups, expiry, key)
  call('EXPIRE', key, expiry - at_s)
end

-- A string that grows takes twice the room it needs, so it is given its full length once.
local function stretch(key, length)
  local value = call('GET', key)
  if #value < length then call('SET', key, value .. string.rep('\0', length - #value)) end
end

local function count(key, expiry, buckets, bucket)
  local field = bucket * COUNT_FIELDS
  local got = call('BITFIELD', key, 'OVERFLOW', 'SAT', 'INCRBY', 'u16', '#' .. field + kind, 1)
  if got[1] == 1 then
    stretch(key, buckets * COUNT_FIELDS * 2)
    keep(key, expiry)
  end
  if token then
    call('BITFIELD', key, 'OVERFLOW', 'SAT', 'INCRBY', 'u16', '#' .. field + COUNT_FIELDS - 1, 1)
  end
end

local function time(key, expiry, field)
  local value = call('HGET', key, field)
  if not value then
    call('HSET', key, field, pack('>I4I5I3I3BH', 1, latency, latency, latency, bin, 1))
    return keep(key, expiry)
  end
  local times, sum, low, high = unpacked('>I4I5I3I3', value)
  local place, size, seen = 16, #value, 0
  while place < size and byte(value, place) ~= bin do place = place + 3 end
  if place < size then seen = unpacked('>H', value, place + 1) end
  if latency < low then low = latency end
  if latency > high then high = latency end
  if seen == 65535 then seen = 65534 end
  call('HSET', key, field, pack('>I4I5I3I3', times + 1, sum + latency, low, high)
    .. sub(value, 16, place - 1) .. pack('>BH', bin, seen + 1) .. sub(value, place + 3))
end

if late then
  local flags = byte(member, 4)
  member = sub(member, 1, 3) .. string.char(flags - flags % 2) .. sub(member, 5)
end
while call('ZADD', chunk, 'NX', score, member) == 0 do
  local slot = (unpacked('>I3', member) + 1) % 16777216
  member = pack('>I3', slot) .. sub(member, 4)
end
if not last[1] then open_chunk() end

local hour, day = floor(planned / 3600000), floor(planned / 86400000)
local hours, days = hour % HOURS_A_STRING, day % DAYS_A_STRING
count(KEYS[4], (hour - hours + HOURS_A_STRING) * 3600 + HOUR_SECONDS, HOURS_A_STRING, hours)
count(KEYS[5], (day - days + DAYS_A_STRING) * 86400 + DAY_SECONDS, DAYS_A_STRING, days)
if bin < NO_BIN then
  hours, days = hour % HOURS_A_HASH, day % DAYS_A_HASH
  time(KEYS[6], (hour - hours + HOURS_A_HASH) * 3600 + HOUR_SECONDS, string.char(hours))
  time(KEYS[7], (day - days + DAYS_A_HASH) * 86400 + DAY_SECONDS, string.char(days))
end
if not late then call('SET', KEYS[1], ARGV[2]) end

-- Most heartbeats bring nothing else.
if #ARGV == 6 then return 1 end

local function miss(key, numbers)
  local words = {}
  for word in string.gmatch(numbers, '%d+') do words[#words + 1] = word end
  local operations = {'BITFIELD', key, 'OVERFLOW', 'SAT'}
  for place = 3, #words, 2 do
    for _, word in ipairs({'INCRBY', 'u16', '#' .. words[place], words[place + 1]}) do
      operations[#operations + 1] = word
    end
  end
  call(unpack(operations))
  stretch(key, tonumber(words[2]))
  keep(key, tonumber(words[1]))
end

local function explain(text, excerpt)
  local key, seconds = KEYS[10], EVIDENCE_SECONDS
  local found = call('ZREVRANGEBYSCORE', key, planned, '-inf', 'WITHSCORES', 'LIMIT', 0, 1)
  local same = found[1] and sub(found[1], 9, 8 + #text) == text and planned - found[2] < 3600000
  if same and ARGV[10] == '' then return end
  call('ZADD', key, planned, pack('>I8', planned) .. text .. excerpt)
  call('ZREMRANGEBYSCORE', key, '-inf', planned - seconds * 1000)
  call('ZREMRANGEBYRANK', key, 0, -EVIDENCES - 1)
  call('EXPIRE', key, seconds)
end

local function trim(key)
  call('ZREMRANGEBYSCORE', key, '-inf', at - CHANGE_SECONDS * 1000)
  call('ZREMRANGEBYRANK', key, 0, -CHANGES - 1)
  call('EXPIRE', key, CHANGE_SECONDS)
end

-- An outage is packed as start, end (0 while it lasts), and the rest.
local function change(text, ended, outage)
  call('ZADD', KEYS[11], at, text)
  trim(KEYS[11])
  local newest_outage = call('ZREVRANGE', KEYS[12], 0, 0, 'WITHSCORES')
  local packed = newest_outage[1]
  if packed and unpacked('>I8', packed, 9) == 0 then
    call('ZREM', KEYS[12], packed)
    packed = sub(packed, 1, 8) .. ended .. sub(packed, 17)
    call('ZADD', KEYS[12], newest_outage[2], packed)
  end
  trim(KEYS[12])
  if outage ~= '' then
    call('ZADD', KEYS[12], unpacked('>I8', outage), outage)
    call('PERSIST', KEYS[12])
  end
  call('RPUSH', KEYS[15], ARGV[14])
  call('LTRIM', KEYS[15], -EVENTS, -1)
end

if token then
  call('ZADD', KEYS[13], at, token)
  call('ZREMRANGEBYRANK', KEYS[13], 0, -TOKENS - 1)
  call('EXPIRE', KEYS[13], 86400)
end
if ARGV[8] ~= '' then explain(ARGV[8], ARGV[9]) end
if ARGV[10] ~= '' and not late then change(ARGV[10], ARGV[11], ARGV[12]) end
if ARGV[13] ~= '' and call('GET', KEYS[14]) ~= ARGV[13] then call('SET', KEYS[14], ARGV[13]) end
for place = 15, #ARGV do miss(KEYS[place + 1], ARGV[place]) end
return 1
