package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"lastpost/internal/config"
	"lastpost/internal/feed"
	"lastpost/internal/phrases"
)

// A verdict is how an examination came out.
type verdict string

const (
	good verdict = "ok"
	warn verdict = "warn"
	fail verdict = "FAIL"
)

// A finding is one line of the report.
type finding struct {
	Verdict verdict `json:"verdict"`
	Check   string  `json:"check"`
	Message string  `json:"message"`
	Remedy  string  `json:"remedy,omitempty"`
}

func newCheck(w world) *cobra.Command {
	var file string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Examine configuration, feed, archive, certificate and clock",
		Long: `Examine configuration, data directory, certificate, feed, the way to older posts, archive and clock, a line each: ok,
warn or FAIL, with the remedy. Ends with 1 where anything failed.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			findings := examine(cmd.Context(), w, file)
			if err := report(w.stdout, findings, asJSON); err != nil {
				return err
			}
			if slices.ContainsFunc(findings, func(f finding) bool { return f.Verdict == fail }) {
				return errReported
			}
			return nil
		},
	}
	configFlag(cmd, &file)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return cmd
}

func report(out io.Writer, findings []finding, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(findings)
	}
	for _, f := range findings {
		line := fmt.Sprintf("%-5s %-16s %s", f.Verdict, f.Check, f.Message)
		if f.Remedy != "" {
			line += "; " + f.Remedy
		}
		if _, err := fmt.Fprintln(out, line); err != nil {
			return err
		}
	}
	return nil
}

// examine looks at everything that it can get at. Without a configuration there is nothing to look at.
func examine(ctx context.Context, w world, file string) []finding {
	c, err := loadConfig(w, file)
	if problems, ok := errors.AsType[config.Problems](err); ok {
		var findings []finding
		for _, p := range problems {
			findings = append(findings, finding{fail, "configuration", p.String(), ""})
		}
		return findings
	}
	if err != nil {
		return []finding{{fail, "configuration", err.Error(), ""}}
	}
	findings := []finding{{good, "configuration", "skills: " + strings.Join(names(c), ", "), ""}, checkDataDir(c)}
	if _, err := readPassword(c.Admin.PasswordFile); err != nil {
		findings = append(findings, finding{fail, "password", err.Error(), ""})
	}
	findings = append(findings, checkCertificate(c, time.Now())...)
	book, err := phrases.Load()
	if err != nil {
		return append(findings, finding{fail, "languages", err.Error(), ""})
	}
	for _, skill := range c.Skills {
		findings = append(findings, checkLocales(skill, book)...)
		findings = append(findings, checkSkill(ctx, w, c, skill, book)...)
	}
	return findings
}

func names(c *config.Config) (names []string) {
	for _, skill := range c.Skills {
		names = append(names, skill.Name)
	}
	return names
}

// checkDataDir makes no folder that is missing: it would belong to whoever runs the check, and not to the service.
func checkDataDir(c *config.Config) finding {
	const name = "data directory"
	if _, err := os.Stat(c.DataDir); errors.Is(err, fs.ErrNotExist) {
		return finding{warn, name, c.DataDir + " does not exist yet", "the service makes it where it may"}
	}
	if err := writable(c.DataDir); err != nil {
		return finding{fail, name, err.Error(), ""}
	}
	return finding{good, name, c.DataDir + " can be written to by this user", ""}
}

// checkLocales warns of languages that are answered in another.
func checkLocales(skill config.Skill, book *phrases.Book) (findings []finding) {
	for _, locale := range skill.Locales {
		if !book.Speaks(locale) {
			findings = append(findings, finding{warn, "locale " + skill.Name, locale + " is answered in English",
				"take it out of the skill's locales, here and in Amazon's console"})
		}
	}
	return findings
}

// checkSkill fetches the feed once, which shows the clock too, and the first page of older posts.
func checkSkill(ctx context.Context, w world, c *config.Config, skill config.Skill, book *phrases.Book) []finding {
	b, err := newTransientBlog(ctx, skill, userAgent(c.Endpoint(skill)), book, time.Now)
	if err != nil {
		return []finding{{fail, "feed " + skill.Name, err.Error(), ""}}
	}
	defer func() { _ = b.archive.Close() }() // there is nothing in it that was to be kept
	err = b.refresher.Poll(ctx)
	status := b.refresher.Status()
	findings := []finding{checkFeed(skill, status, err)}
	if err == nil {
		findings = append(findings, checkHistory(ctx, b, cmp.Or(w.pace, 2*time.Second)))
	}
	return append(findings, checkArchive(ctx, c, skill), checkClock(skill, status))
}

func checkFeed(skill config.Skill, status feed.Status, err error) finding {
	name := "feed " + skill.Name
	switch {
	case err != nil:
		return finding{fail, name, err.Error(), ""}
	case status.Posts == 0:
		return finding{warn, name, status.URL + " is a feed without posts", "publish one"}
	}
	message := fmt.Sprintf("%d posts, the newest of %s, from %s", status.Posts,
		status.Newest.In(skill.Location()).Format(time.DateOnly), status.URL)
	if status.Discovered {
		message += ", which the page names"
	}
	return finding{good, name, message, ""}
}

// Alexa's requests must be at most 150 s old by this clock. Half a minute off is half of the way to trouble.
const (
	clockWarns = 30 * time.Second
	clockFails = 120 * time.Second
)

// checkClock compares the clock with that of the feed's server, which is the only other one at hand.
func checkClock(skill config.Skill, status feed.Status) finding {
	if status.ServerTime.IsZero() {
		return finding{warn, "clock", "not compared: the feed's server did not say what time it is", "check that the clock is synchronised"}
	}
	off := status.LastAttempt.Sub(status.ServerTime).Abs().Round(time.Second)
	message := fmt.Sprintf("%s away from that of %s's feed", off, skill.Name)
	remedy := "synchronise the clock, for example with systemd-timesyncd or chrony: Alexa's requests are refused when it is 150 s off"
	switch {
	case off > clockFails:
		return finding{fail, "clock", message, remedy}
	case off > clockWarns:
		return finding{warn, "clock", message, remedy}
	}
	return finding{good, "clock", message, ""}
}

// hostOf is the name that Alexa will connect to; "" where the configuration does not say.
func hostOf(c *config.Config) string {
	for _, skill := range c.Skills {
		if endpoint := c.Endpoint(skill); endpoint != "" {
			host, _, _ := strings.Cut(strings.TrimPrefix(endpoint, "https://"), "/")
			return host
		}
	}
	return ""
}
