package main

import (
	"fmt"
	"os"
	"time"

	"github.com/cheggaaa/pb/v3"
	"github.com/mattn/go-isatty"

	"github.com/exawire/exawire/bulk"
)

// display shows how far a transfer has come: a progress bar on a terminal, a line a second otherwise.
type display struct {
	out  *os.File
	name string
	bar  *pb.ProgressBar // nil if there is no terminal
	last time.Time       // of the last line
}

func newDisplay(out *os.File, name string) *display {
	d := &display{out: out, name: name, last: time.Now()}
	if isatty.IsTerminal(out.Fd()) || isatty.IsCygwinTerminal(out.Fd()) {
		bar := pb.New(0).Set("prefix", name+" ").Set(pb.Bytes, true).SetWriter(out)
		if bar.Width() > 0 { // there are terminals that do not know
			d.bar = bar.Start()
		}
	}
	return d
}

// show is called by the transfer, up to ten times a second.
func (d *display) show(p bulk.Progress) {
	size := int64(0) // if it is not known
	for _, f := range p.Files {
		if f.Size < 0 {
			size = 0
			break
		}
		size += f.Size
	}
	if d.bar != nil {
		d.bar.SetTotal(size).SetCurrent(p.Bytes)
		return
	}
	if now := time.Now(); p.Done || now.Sub(d.last) >= time.Second {
		d.last = now
		fmt.Fprintf(d.out, "%s: %s", d.name, megabytes(p.Bytes))
		if size > 0 {
			fmt.Fprintf(d.out, " of %s", megabytes(size))
		}
		if p.Rows >= 0 {
			fmt.Fprintf(d.out, ", %d rows", p.Rows)
		}
		fmt.Fprintln(d.out)
	}
}

// end leaves the bar as it is and stops drawing it.
func (d *display) end() {
	if d.bar != nil {
		d.bar.Finish()
	}
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
