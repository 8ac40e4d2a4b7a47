// Package doctor checks this machine, a blog's feed and an endpoint. It changes nothing but what an endpoint logs.
package doctor

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// A Verdict is how an examination came out.
type Verdict string

// The verdicts, from good to bad.
const (
	OK   Verdict = "ok"
	Warn Verdict = "warn"
	Fail Verdict = "FAIL"
)

// A Finding is one line of the report.
type Finding struct {
	Verdict Verdict `json:"verdict"`
	Check   string  `json:"check"`
	Message string  `json:"message"`
	Remedy  string  `json:"remedy,omitempty"`
}

// WriteReport prints a line each, or all as JSON.
func WriteReport(out io.Writer, findings []Finding, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(findings)
	}
	for _, f := range summed(findings) {
		line := fmt.Sprintf("%-5s %-16s %s", f.Verdict, f.Check, f.Message)
		if f.Remedy != "" {
			line += "; " + f.Remedy
		}
		if _, err := fmt.Fprintln(out, readable(line)); err != nil {
			return err
		}
	}
	return nil
}

// longestLine is ample for what this program says, and bounds what others do.
const longestLine = 2000

// readable makes a line of a text that others have a part in: names in a certificate, a refusal, an error. Whoever answers
// could else write further lines into the report, or command the terminal that shows it.
func readable(text string) string {
	var line strings.Builder
	for _, r := range text {
		if !unicode.IsPrint(r) {
			r = ' '
		}
		if line.WriteRune(r); line.Len() > longestLine {
			return line.String() + "…"
		}
	}
	return line.String()
}

// summed makes one line of the probes that came out well, in the place of the first, and one of those that were not
// made: nobody wants to read twenty.
func summed(findings []Finding) (lines []Finding) {
	well := func(f Finding) bool { return f.Verdict == OK }
	lines = sum(findings, well, "%d of Amazon's certification probes got their 400; --json lists them")
	return sum(lines, Finding.unasked, "%d of Amazon's certification probes: "+errUnasked.Error()+"; --json lists them")
}

// sum makes one line of some probes.
func sum(findings []Finding, these func(Finding) bool, format string) (lines []Finding) {
	count, first := 0, -1
	for _, f := range findings {
		if f.Check != probeCheck || !these(f) {
			lines = append(lines, f)
			continue
		}
		if count++; first < 0 {
			first = len(lines)
			lines = append(lines, f)
		}
	}
	if first >= 0 {
		lines[first].Message = fmt.Sprintf(format, count)
	}
	return lines
}
