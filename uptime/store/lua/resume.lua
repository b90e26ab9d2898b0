-- Forgets the newest planned slot of a state; whoever judges from what it was before is refused. KEYS: state.
local version = redis.call('GETRANGE', KEYS[1], 0, 3)
if #version == 4 then
  local head = struct.pack('>I4I8', (struct.unpack('>I4', version) + 1) % 4294967296, 0)
  redis.call('SETRANGE', KEYS[1], 0, head)
end
