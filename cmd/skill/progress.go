package main

import (
	"fmt"
	"io"
	"time"
)

// progressLines prints the progress of a long command as whole lines, so that a screen reader and a log show it too.
type progressLines struct {
	out  io.Writer
	now  func() time.Time
	last time.Time // of the last line, or the start
}

// progressEvery is the least time between two lines. A command that takes less prints none.
const progressEvery = 3 * time.Second

func (p *progressLines) print(format string, args ...any) {
	if now := p.now(); now.Sub(p.last) >= progressEvery {
		p.last = now
		_, _ = fmt.Fprintf(p.out, format+"\n", args...)
	}
}
