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
	for _, f := range summarizeProbes(findings) {
		line := fmt.Sprintf("%-5s %-16s %s", f.Verdict, f.Check, f.Message)
		if f.Remedy != "" {
			line += "; " + f.Remedy
		}
		if _, err := fmt.Fprintln(out, printableLine(line)); err != nil {
			return err
		}
	}
	return nil
}

// maxLineLength is ample for what this program says, and bounds what others do.
const maxLineLength = 2000

// printableLine makes a line of a text that others have a part in: names in a certificate, a refusal, an error. Whoever answers
// could else write further lines into the report, or command the terminal that shows it.
func printableLine(text string) string {
	var line strings.Builder
	for _, r := range text {
		if !unicode.IsPrint(r) {
			r = ' '
		}
		if line.WriteRune(r); line.Len() > maxLineLength {
			return line.String() + "…"
		}
	}
	return line.String()
}

// summarizeProbes makes one line of the probes that came out well, in the place of the first, and one of those that were not
// made: nobody wants to read twenty.
func summarizeProbes(findings []Finding) (lines []Finding) {
	well := func(f Finding) bool { return f.Verdict == OK }
	lines = mergeProbes(findings, well, "%d of Amazon's certification probes got their 400; --json lists them")
	return mergeProbes(lines, Finding.isNotAsked, "%d of Amazon's certification probes: "+errNotAsked.Error()+"; --json lists them")
}

// mergeProbes makes one line of some probes.
func mergeProbes(findings []Finding, these func(Finding) bool, format string) (lines []Finding) {
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
