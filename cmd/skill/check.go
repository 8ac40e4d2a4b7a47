package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"lastpost/internal/assembly"
	"lastpost/internal/config"
	"lastpost/internal/feed"
	"lastpost/internal/phrases"
	"lastpost/internal/simulator"
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

// A checkup is what "skill check" is asked for.
type checkup struct {
	config  string // file; "": the usual one
	url     string // of an endpoint, to be looked at from outside; "": none
	demoKey string // file; "": none
	asJSON  bool
}

func newCheck(w world) *cobra.Command {
	var c checkup
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Examine configuration, feed, certificate, port and clock, and the endpoint from outside",
		Long: `Examine configuration, data directory, certificate, port 443, DNS, feed, the way to older posts, archive and clock, a
line each: ok, warn or FAIL, with the remedy. Ends with 1 where anything failed.

With --url it also looks at an endpoint from outside, best from another machine: port, DNS, TLS and certificate as Alexa
sees them, and the probes of Amazon's certification, each of which must get 400. They leave some twenty refusals in the
service's log. It tells too whether something on the way changes headers or bodies. Without a configuration it looks at
the endpoint alone.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			findings, err := c.examine(cmd.Context(), w, cmd.CommandPath())
			if err != nil {
				return err
			}
			typed := retyped(cmd.Root())
			for i, f := range findings {
				findings[i].Message, findings[i].Remedy = typed(f.Message), typed(f.Remedy)
			}
			if err := report(w.stdout, findings, c.asJSON); err != nil {
				return err
			}
			if slices.ContainsFunc(findings, func(f finding) bool { return f.Verdict == fail }) {
				return errReported
			}
			return nil
		},
	}
	configFlag(cmd, &c.config)
	cmd.Flags().StringVar(&c.url, "url", "", "look at the endpoint `URL` from outside, for example https://skill.example.com/alexa/halfelf")
	cmd.Flags().StringVar(&c.demoKey, "demo-key", "", "the `FILE` that the demonstration names, for --url with its address")
	cmd.Flags().BoolVar(&c.asJSON, "json", false, "print a JSON array of objects with verdict, check, message and remedy")
	return cmd
}

// examine looks at this machine, at an endpoint, or at both.
func (c checkup) examine(ctx context.Context, w world, command string) ([]finding, error) {
	if c.url == "" {
		if c.demoKey != "" {
			return nil, usageError{errors.New("--demo-key goes with --url"), command}
		}
		findings, _ := examine(ctx, w, c.config)
		return findings, nil
	}
	u, err := parseTarget(c.url)
	if err != nil {
		return nil, usageError{err, command}
	}
	t := target{url: u}
	if c.demoKey != "" { // which is no service of this configuration
		if t.demo, err = simulator.LoadKey(c.demoKey); err != nil {
			return nil, fmt.Errorf("--demo-key: %w", err)
		}
		return t.examine(ctx, w.outside, ""), nil
	}
	if _, err := assembly.LoadConfig(c.config, w.getenv); errors.Is(err, fs.ErrNotExist) && !c.names(w) {
		return t.examine(ctx, w.outside, unknownSkill), nil
	}
	findings, configured := examine(ctx, w, c.config)
	id := unknownSkill
	if configured != nil {
		skill, found := t.compare(configured)
		findings = append(findings, found)
		if skill != nil {
			id = skill.ApplicationID
		}
	}
	return append(findings, t.examine(ctx, w.outside, id)...), nil
}

// names tells whether the user named a configuration: then it must be there.
func (c checkup) names(w world) bool {
	fromEnv, _ := w.getenv("SKILL_CONFIG")
	return c.config != "" || fromEnv != ""
}

// unknownSkill is the application id in what is forged for an endpoint of which only the address is known.
const unknownSkill = "amzn1.ask.skill.00000000-0000-4000-8000-000000000000"

// examine looks at everything that it can get at. Without a configuration, nil, there is nothing to look at.
func examine(ctx context.Context, w world, file string) ([]finding, *config.Config) {
	c, err := assembly.LoadConfig(file, w.getenv)
	if problems, ok := errors.AsType[config.Problems](err); ok {
		var findings []finding
		for _, p := range problems {
			findings = append(findings, finding{fail, "configuration", p.String(), ""})
		}
		return findings, nil
	}
	if err != nil {
		return []finding{{fail, "configuration", err.Error(), ""}}, nil
	}
	findings := []finding{{good, "configuration", "skills: " + strings.Join(names(c), ", "), ""}, checkDataDir(c)}
	if _, err := assembly.Password(c.Admin.PasswordFile); err != nil {
		findings = append(findings, finding{fail, "password", err.Error(), ""})
	}
	findings = append(findings, checkCertificate(c, time.Now())...)
	findings = append(findings, checkPort(ctx, w.outside, c))
	findings = append(findings, checkNames(ctx, w.outside, c)...)
	book, err := phrases.Load()
	if err != nil {
		return append(findings, finding{fail, "languages", err.Error(), ""}), c
	}
	for _, skill := range c.Skills {
		findings = append(findings, checkEndpoint(c, skill)...)
		findings = append(findings, checkLocales(skill, book)...)
		findings = append(findings, checkSkill(ctx, w, c, skill, book)...)
	}
	findings = append(findings, checkLinking(ctx, c)...)
	return findings, c
}

func names(c *config.Config) (names []string) {
	for _, skill := range c.Skills {
		names = append(names, skill.Name)
	}
	return names
}

// asItsUser is the remedy where a check is kept from looking at what the service keeps.
const asItsUser = "run this as the service's user, or as root"

// checkDataDir makes no folder that is missing: it would belong to whoever runs the check, and not to the service.
func checkDataDir(c *config.Config) finding {
	const name = "data directory"
	switch _, err := os.Stat(c.DataDir); {
	case errors.Is(err, fs.ErrNotExist):
		return finding{warn, name, c.DataDir + " does not exist yet", "the service makes it where it may"}
	case errors.Is(err, fs.ErrPermission): // as with systemd's dynamic users
		return finding{warn, name, c.DataDir + " is not for this user to see", asItsUser}
	}
	if err := assembly.CheckDataDir(c.DataDir); err != nil {
		return finding{fail, name, err.Error(), ""}
	}
	return finding{good, name, c.DataDir + " can be written to by this user", ""}
}

// checkEndpoint says what Amazon's console wants to know; where that is not known, the line about DNS says so.
func checkEndpoint(c *config.Config, skill config.Skill) []finding {
	endpoint := c.Endpoint(skill)
	if endpoint == "" {
		return nil
	}
	return []finding{{good, "endpoint " + skill.Name, endpoint + " is what to enter in Amazon's console", ""}}
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
