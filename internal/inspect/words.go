package inspect

import (
	"bytes"
	"cmp"
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

// A token is a piece of JSON with what it is: key, string, masked, number, word, or "" for the rest.
type token struct{ Kind, Text string }

// tokens gives JSON indented, in pieces to be coloured.
func tokens(document []byte) (found []token) {
	rest, ok := indented(document)
	if !ok {
		return []token{{"", string(document)}}
	}
	for len(rest) > 0 {
		next := token{Text: string(rest[:plainLength(rest)])}
		switch {
		case rest[0] == '"':
			text := rest[:stringEnd(rest)]
			next = token{"string", string(text)}
			if skipToValue(rest[len(text):]) > 0 {
				next.Kind = "key"
			} else if strings.Contains(next.Text, masked) {
				next.Kind = "masked"
			}
		case strings.ContainsRune("-0123456789", rune(rest[0])):
			next = token{"number", string(rest[:scalarLength(rest)])}
		case strings.ContainsRune("tfn", rune(rest[0])):
			next = token{"word", string(rest[:scalarLength(rest)])}
		}
		found = append(found, next)
		rest = rest[len(next.Text):]
	}
	return found
}

// plainLength is how far the next string or scalar is.
func plainLength(text []byte) int {
	n := bytes.IndexAny(text, "\"-0123456789tfn")
	if n < 0 {
		return len(text)
	}
	return cmp.Or(n, 1)
}

func scalarLength(text []byte) int {
	n := bytes.IndexAny(text, ",]} \n")
	if n < 0 {
		return len(text)
	}
	return n
}
