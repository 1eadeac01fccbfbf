// Package alone measures work in a process of its own, so that neither memory nor time of a server count: a command starts
// itself again with other flags.
package alone

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/exawire/exawire/internal/cputime"
)

// Outcome is what some work took.
type Outcome struct {
	Units   int64         // rows, values, statements: whatever the work counts
	Elapsed time.Duration // of the work
	CPU     time.Duration // of the process during the work
	Peak    float64       // largest resident memory of the process so far, in MB
}

// Run starts this command again with these arguments, and returns what it reports.
func Run(args ...string) (o Outcome, err error) {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return o, fmt.Errorf("%s: %w", strings.Join(args, " "), err)
	}
	err = json.Unmarshal(out, &o)
	return o, err
}

// Report does the work and prints what it took, for Run.
func Report(work func() (units int64, err error)) error {
	start, computed := time.Now(), cputime.Now()
	units, err := work()
	if err != nil {
		return err
	}
	o := Outcome{Units: units, Elapsed: time.Since(start), CPU: cputime.Now() - computed}
	if o.Peak, err = peakMemory(); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(o)
}

// peakMemory returns the largest resident set of this process so far, in MB. Linux alone tells it this way.
func peakMemory() (float64, error) {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return 0, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if rest, ok := strings.CutPrefix(lines.Text(), "VmHWM:"); ok {
			kilobytes, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(rest, "kB")))
			return float64(kilobytes) / 1000, err
		}
	}
	return 0, errors.New("the system does not tell the peak of resident memory")
}
