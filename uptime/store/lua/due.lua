-- What the scripts of the schedule share. KEYS: 1 due, 2 facts, and 3 fence where claims are made.

local FACTS = '>I4I4I4I8I8B'

local function facts_of(id)
  local packed = redis.call('HGET', KEYS[2], id)
  if not packed then return nil end
  local facts = {id = id}
  facts.interval, facts.phase, facts.timeout, facts.planned, facts.fence, facts.claimed = struct.unpack(FACTS, packed)
  return facts
end

local function put_back(facts, score)
  redis.call('HSET', KEYS[2], facts.id, struct.pack(FACTS, facts.interval, facts.phase, facts.timeout, facts.planned,
    facts.fence, facts.claimed))
  redis.call('ZADD', KEYS[1], score, facts.id)
end

local function wait(facts, planned)
  facts.planned, facts.claimed = planned, 0
  put_back(facts, planned)
end

local function lease(facts, now)
  put_back(facts, math.max(now, facts.planned) + facts.timeout + LEASE_MARGIN_MS)
end

local function claim(facts, planned, now)
  facts.planned, facts.claimed, facts.fence = planned, 1, redis.call('INCR', KEYS[3])
  lease(facts, now)
  return struct.pack('>I8I8I8I4', tonumber(facts.id), planned, facts.fence, facts.timeout)
end

-- The facts of a claim that is still held, else nil.
local function held(id, fence)
  local facts = facts_of(string.format('%.0f', id))
  return facts and facts.claimed == 1 and facts.fence == fence and facts or nil
end

local function slot_at(facts, at)
  local span = facts.interval * 1000
  return math.floor((at - facts.phase) / span) * span + facts.phase
end
