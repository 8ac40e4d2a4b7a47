package inspect

import (
	"fmt"
	"html/template"
	"strings"
	"time"
)

// templateFuncs returns the functions that the templates use.
func (p *Page) templateFuncs() template.FuncMap {
	return template.FuncMap{
		"ago":    func(t time.Time) string { return formatAgo(p.Now().Sub(t)) },
		"until":  func(t time.Time) string { return formatUntil(t.Sub(p.Now())) },
		"calls":  p.Recorder.Calls,
		"state":  func(c CertificateStatus) string { return c.stateAt(p.Now()) },
		"stamp":  func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"clock":  func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") + " UTC" },
		"day":    func(t time.Time) string { return t.UTC().Format("2006-01-02") },
		"ms":     func(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000) },
		"size":   formatSize,
		"tokens": tokenizeJSON,
		"join":   strings.Join,
		"plural": func(n any, one, more string) string {
			if fmt.Sprint(n) == "1" {
				return "1 " + one
			}
			return fmt.Sprint(n, " ", more)
		},
	}
}

// formatSize formats a number of bytes.
func formatSize(n int) string {
	if n < 1000 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%.1f KiB", float64(n)/1024)
}

// formatAgo formats how long ago an event was.
func formatAgo(d time.Duration) string {
	if d < 5*time.Second {
		return "just now"
	}
	return formatRoughly(d) + " ago"
}

// formatUntil formats the time until an event.
func formatUntil(d time.Duration) string {
	if d <= 0 {
		return "now"
	}
	return "in " + formatRoughly(d)
}

// formatRoughly formats a duration in its largest unit.
func formatRoughly(d time.Duration) string {
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
