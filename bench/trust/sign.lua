-- One certification request again and again, as a client of cfssl's API posts it.
local file = assert(io.open(os.getenv("REQUEST")))
wrk.method, wrk.body = "POST", file:read("*a")
wrk.headers["Content-Type"] = "application/json"
file:close()

local threads = {}
function setup(thread) table.insert(threads, thread) end
function init() refused = 0 end
function response(status) if status ~= 200 then refused = refused + 1 end end

function done(summary, latency)
  local refused = 0
  for _, thread in ipairs(threads) do refused = refused + thread:get("refused") end
  local errors = summary.errors
  local failed = refused + errors.connect + errors.read + errors.write + errors.timeout
  io.stderr:write(string.format(
    '{"figure":"%s","peer":"%s","suite":"%s","count":%d,"failed":%d,"per_second":%.1f,"p50_ms":%.3f,"p99_ms":%.3f}\n',
    os.getenv("FIGURE"), os.getenv("PEER"), os.getenv("SUITE"), summary.requests, failed,
    summary.requests / (summary.duration / 1e6), latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
