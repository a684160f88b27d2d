// Repeats an operation for as long as is given, after a tenth of that for warming up,
// and prints one line of JSON.
export async function figure(names, seconds, operation) {
  const now = () => performance.now() / 1000;
  for (const began = now(); now() - began < seconds / 10; ) await operation();
  const times = [];
  const began = now();
  while (now() - began < seconds) {
    const before = now();
    await operation();
    times.push(now() - before);
  }
  const elapsed = now() - began;
  times.sort((a, b) => a - b);
  const per_second = times.length / elapsed;
  const p50_ms = times[Math.floor(times.length / 2)] * 1000;
  console.log(JSON.stringify({ ...names, times: times.length, per_second, p50_ms }));
}
