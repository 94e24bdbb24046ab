"""
What Redis itself does: append lines and, now and then, drop repeated and old ones.

A string is trimmed when its length passes a multiple of 4 KiB, so that most appends cost an
append. What stays is the newest by time, whatever came last. Plain Lua of Redis 5 and later.
"""

from recommender_api.history.protocol import JOINS_PER_SESSION, SESSIONS_PER_USER
from recommender_store.event_log.remembered import EVENTS_PER_USER, SHOWN_PER_ACTOR

TRIM_EVERY_BYTES = 4096

_TRIM = f"""
local function newest(lines, limit, kept)
  table.sort(lines, function(one, other)
    if one[1] ~= other[1] then return one[1] > other[1] end
    return one[2] > other[2]
  end)
  for place = 1, math.min(limit, #lines) do kept[#kept + 1] = lines[place][2] end
end

local function latest(a, b)
  return a[1] > b[1]
end

local function shown_last(lines, kept)
  table.sort(lines, latest)
  local items = 0
  for _, one in ipairs(lines) do
    if items >= {SHOWN_PER_ACTOR} then break end
    items = items + select(2, string.gsub(one[2], '","', '')) + 1
    kept[#kept + 1] = one[2]
  end
end

local function trim(key)
  local seen, last, kept = {{}}, {{}}, {{}}
  local events, joins, sessions, shown = {{}}, {{}}, {{}}, {{}}
  for line in string.gmatch(redis.call('GET', key) or '', '[^\\n]+') do
    local rest, at = string.match(line, '^(.*),(%-?%d+),[^,]*%]$')
    if at and not seen[line] then
      seen[line] = true
      local one = {{tonumber(at), line}}
      if string.sub(line, 1, 12) == '["identify",' then
        joins[#joins + 1] = one
      elseif string.sub(line, 1, 10) == '["joined",' then
        if not last[rest] or last[rest][1] < one[1] then last[rest] = one end
      elseif string.sub(line, 1, 9) == '["shown",' then
        shown[#shown + 1] = one
      else
        events[#events + 1] = one
      end
    end
  end
  for _, one in pairs(last) do sessions[#sessions + 1] = one end
  newest(events, {EVENTS_PER_USER}, kept)
  newest(joins, {JOINS_PER_SESSION}, kept)
  newest(sessions, {SESSIONS_PER_USER}, kept)
  shown_last(shown, kept)
  local left = redis.call('PTTL', key)
  redis.call('SET', key, table.concat(kept, '\\n') .. '\\n')
  if left > 0 then redis.call('PEXPIRE', key, left) end
end
"""

TRIM = (
    _TRIM
    + """
for _, key in ipairs(KEYS) do trim(key) end
"""
)
"""KEYS: strings to trim."""

APPEND = (
    _TRIM
    + f"""
for place, key in ipairs(KEYS) do
  local lines = ARGV[place + 1]
  local length = redis.call('APPEND', key, lines)
  redis.call('EXPIRE', key, ARGV[1])
  if math.floor(length / {TRIM_EVERY_BYTES})
    > math.floor((length - #lines) / {TRIM_EVERY_BYTES}) then
    trim(key)
  end
end
"""
)
"""KEYS: strings; ARGV: how long each is kept from now on, in seconds, and what each gets."""
