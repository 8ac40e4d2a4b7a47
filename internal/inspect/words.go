package inspect

import (
	"fmt"
	"html/template"
	"strings"
	"time"
)

// words are the functions of the templates.
func (p *Page) words() template.FuncMap {
	return template.FuncMap{
		"ago":    func(t time.Time) string { return ago(p.Now().Sub(t)) },
		"until":  func(t time.Time) string { return until(t.Sub(p.Now())) },
		"calls":  p.Recorder.Calls,
		"state":  func(c CertificateStatus) string { return c.state(p.Now()) },
		"stamp":  func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"clock":  func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") + " UTC" },
		"day":    func(t time.Time) string { return t.UTC().Format("2006-01-02") },
		"ms":     func(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000) },
		"size":   size,
		"tokens": tokens,
		"join":   strings.Join,
		"many": func(n any, one, more string) string {
			if fmt.Sprint(n) == "1" {
				return "1 " + one
			}
			return fmt.Sprint(n, " ", more)
		},
	}
}

// size says how many bytes.
func size(n int) string {
	if n < 1000 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%.1f KiB", float64(n)/1024)
}

// ago says how long ago something was.
func ago(d time.Duration) string {
	if d < 5*time.Second {
		return "just now"
	}
	return roughly(d) + " ago"
}

// until says how far something is away.
func until(d time.Duration) string {
	if d <= 0 {
		return "now"
	}
	return "in " + roughly(d)
}

// roughly says a time in its largest unit.
func roughly(d time.Duration) string {
	for _, unit := range []struct {
		length time.Duration
		name   string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}} {
		if n := int(d / unit.length); n == 1 {
			return "1 " + unit.name
		} else if n > 1 {
			return fmt.Sprintf("%d %ss", n, unit.name)
		}
	}
	return fmt.Sprintf("%d seconds", int(d.Seconds()))
}
