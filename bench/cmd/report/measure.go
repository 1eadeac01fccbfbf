package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// figure is the median of one benchmark.
type figure struct {
	ns     float64 // per operation
	cpu    float64 // nanoseconds of CPU per operation, 0 if the benchmark does not say
	moved  float64 // bytes that an operation moves, 0 if the benchmark does not say
	perRow float64 // nanoseconds, 0 if the benchmark does not say
	allocs float64 // per operation, -1 if the benchmark does not say
	bytes  float64 // allocated per operation

	rounds []figure // of which it is the median
}

// suites are where the benchmarks are. Some need longer runs, in which the garbage collector runs several times.
var suites = []struct {
	dir    string
	names  []string
	longer int
}{
	{"../resultset", []string{"DecodeMessage"}, 1},
	{"../resultset", []string{"DeliverRows", "CollectManyBatches"}, 3},
	{"../commands", []string{"EncodeParameters"}, 1},
	{".", []string{"ReadResult", "ReadResultFar", "InflateMessages", "SmallQuery", "SmallQueryBySixteen", "BulkCopy", "LoadTable", "BulkRows"}, 1},
}

// needed returns the benchmarks that some bars compare.
func needed(bars []bar) (names []string) {
	for _, b := range bars {
		names = append(append(names, b.ours), b.best...)
		if b.base != "" {
			names = append(names, b.base)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// patterns returns regular expressions for those of the names that are benchmarks of a suite. There is one for each number
// of parts that names have: a benchmark with fewer parts than its pattern prints nothing. Each may match more than is wanted.
func patterns(names, suite []string) []string {
	var byDepth [][][]string // the parts of names, level by level
	for _, name := range names {
		parts := strings.Split(name, "/")
		if !slices.Contains(suite, parts[0]) {
			continue
		}
		for len(byDepth) <= len(parts) {
			byDepth = append(byDepth, make([][]string, len(byDepth)))
		}
		for i, part := range parts {
			if level := &byDepth[len(parts)][i]; !slices.Contains(*level, part) {
				*level = append(*level, part)
			}
		}
	}
	var all []string
	for _, levels := range byDepth {
		var pattern []string
		for i, level := range levels {
			prefix := ""
			if i == 0 {
				prefix = "Benchmark"
			}
			pattern = append(pattern, "^"+prefix+"("+strings.Join(level, "|")+")$")
		}
		if len(levels) > 0 && levels[0] != nil {
			all = append(all, strings.Join(pattern, "/"))
		}
	}
	return all
}

// measureAll runs the benchmarks of some names, in turns, and returns the median of each by its name.
func measureAll(rounds int, benchtime time.Duration, names []string) (map[string]figure, error) {
	dir, err := os.MkdirTemp("", "report")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	built := map[string]string{}
	samples := map[string][]figure{}
	for round := range rounds {
		for _, s := range suites {
			for _, prefix := range []string{"", awake} {
				for _, pattern := range patterns(prefixed(names, prefix), s.names) {
					if built[s.dir] == "" {
						if built[s.dir], err = build(dir, s.dir); err != nil {
							return nil, err
						}
					}
					fmt.Fprintf(os.Stderr, "round %d of %d: %s %s%s\n", round+1, rounds, s.dir, prefix, pattern)
					out, err := runBenchmarks(built[s.dir], s.dir, pattern, benchtime*time.Duration(s.longer), prefix == awake)
					if err != nil {
						return nil, fmt.Errorf("benchmarks in %s: %w\n%s", s.dir, err, out)
					}
					parse(out, prefix, samples)
				}
			}
		}
	}
	figures := map[string]figure{}
	for name, rounds := range samples {
		figures[name] = median(rounds)
	}
	return figures, nil
}

// prefixed returns the names that begin with awake, or those that do not, without it.
func prefixed(names []string, prefix string) (some []string) {
	for _, name := range names {
		if bare := strings.TrimPrefix(name, awake); (bare != name) == (prefix == awake) {
			some = append(some, bare)
		}
	}
	return some
}

// runBenchmarks runs the benchmarks of a test binary that match a pattern, and returns what they print.
func runBenchmarks(binary, dir, pattern string, benchtime time.Duration, stayAwake bool) ([]byte, error) {
	if stayAwake {
		end, err := keepAwake()
		if err != nil {
			return nil, fmt.Errorf("keep processors awake: %w", err)
		}
		defer end()
	}
	cmd := exec.Command(binary, "-test.run", "^$", "-test.bench", pattern, "-test.benchtime", benchtime.String(), "-test.benchmem")
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	return cmd.Output()
}

// build makes the test binary of a directory once for all rounds.
func build(into, dir string) (string, error) {
	binary := filepath.Join(into, filepath.Base(dir)+".test")
	cmd := exec.Command("go", "test", "-c", "-o", binary, dir)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("benchmarks in %s: %w", dir, err)
	}
	return filepath.Abs(binary)
}

// median returns a figure of the medians of each of its parts.
func median(rounds []figure) figure {
	of := func(part func(figure) float64) float64 {
		var all []float64
		for _, f := range rounds {
			all = append(all, part(f))
		}
		slices.Sort(all)
		return all[len(all)/2]
	}
	return figure{
		ns: of(func(f figure) float64 { return f.ns }), cpu: of(func(f figure) float64 { return f.cpu }),
		perRow: of(func(f figure) float64 { return f.perRow }), moved: rounds[0].moved,
		allocs: of(func(f figure) float64 { return f.allocs }), bytes: of(func(f figure) float64 { return f.bytes }),
		rounds: rounds,
	}
}

// parse reads lines such as
//
//	BenchmarkReadResult/columns/wide/tls-2   3   338553326 ns/op   198.09 MB/s   59124965 B/op   1494 allocs/op
//
// The time always comes before the speed. prefix begins the names of the samples.
func parse(out []byte, prefix string, samples map[string][]figure) {
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := strings.TrimPrefix(fields[0], "Benchmark")
		if i := strings.LastIndexByte(name, '-'); i > 0 {
			name = name[:i]
		}
		f := figure{allocs: -1}
		for i := 2; i+1 < len(fields); i += 2 {
			v, err := strconv.ParseFloat(fields[i], 64)
			if err != nil {
				continue
			}
			switch fields[i+1] {
			case "ns/op":
				f.ns = v
			case "cpu-ns/op":
				f.cpu = v
			case "MB/s":
				f.moved = v * f.ns / 1e3
			case "ns/row":
				f.perRow = v
			case "B/op":
				f.bytes = v
			case "allocs/op":
				f.allocs = v
			}
		}
		samples[prefix+name] = append(samples[prefix+name], f)
	}
}
