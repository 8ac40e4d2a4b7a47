package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/spf13/cobra"

	"lastpost/internal/assembly"
	"lastpost/internal/config"
	"lastpost/internal/doctor"
	"lastpost/internal/simulator"
)

// checkOptions are the flags of "skill check".
type checkOptions struct {
	config  string // file; "": the usual one
	url     string // of an endpoint, to be looked at from outside; "": none
	demoKey string // file; "": none
	asJSON  bool
}

func newCheck(env environment) *cobra.Command {
	var c checkOptions
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Examine configuration, feed, certificate, port and clock, and the endpoint from outside",
		Long: `Examine configuration, data directory, certificate, port 443, DNS, feed, the way to older posts, archive and clock, a
line each: ok, warn or FAIL, with the remedy. Ends with 1 where anything failed.

With --url it also looks at an endpoint from outside, best from another machine: port, DNS, TLS and certificate as Alexa
sees them, and the probes of Amazon's certification, each of which must get 400. They leave some twenty refusals in the
service's log. It tells too whether something on the way changes headers or bodies. Without a configuration it looks at
the endpoint alone.`,
		Args: positionalArgs(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			findings, err := c.runChecks(cmd.Context(), env)
			if err != nil {
				return err
			}
			typed := commandRenamer(cmd.Root())
			for i, f := range findings {
				findings[i].Message, findings[i].Remedy = typed(f.Message), typed(f.Remedy)
			}
			if err := doctor.WriteReport(env.stdout, findings, c.asJSON); err != nil {
				return err
			}
			if slices.ContainsFunc(findings, func(f doctor.Finding) bool { return f.Verdict == doctor.Fail }) {
				return errReported
			}
			return nil
		},
	}
	addConfigFlag(cmd, &c.config)
	cmd.Flags().StringVar(&c.url, "url", "", "look at the endpoint `URL` from outside, for example https://skill.example.com/alexa/halfelf")
	cmd.Flags().StringVar(&c.demoKey, "demo-key", "", "the `FILE` that the demonstration names, for --url with its address")
	cmd.Flags().BoolVar(&c.asJSON, "json", false, "print a JSON array of objects with verdict, check, message and remedy")
	return cmd
}

// runChecks checks this machine, an endpoint, or both.
func (c checkOptions) runChecks(ctx context.Context, env environment) ([]doctor.Finding, error) {
	if c.url == "" {
		if c.demoKey != "" {
			return nil, usageErrorf("--demo-key requires --url")
		}
		findings, _ := c.checkMachine(ctx, env)
		return findings, nil
	}
	u, err := doctor.ParseURL(c.url)
	if err != nil {
		return nil, usageErrorf("--url: %w", err)
	}
	endpoint := doctor.EndpointCheck{URL: u, Network: env.network}
	if c.demoKey != "" { // a demo does not use the configuration
		if endpoint.Demo, err = simulator.LoadDemoKey(c.demoKey); err != nil {
			return nil, fmt.Errorf("--demo-key: %w", err)
		}
		return endpoint.Examine(ctx), nil
	}
	if _, err := assembly.LoadConfig(c.config, env.getenv); errors.Is(err, fs.ErrNotExist) && !c.namesConfig(env) {
		return endpoint.Examine(ctx), nil
	}
	findings, configured := c.checkMachine(ctx, env)
	if configured != nil {
		findings = append(findings, endpoint.MatchSkill(configured))
	}
	return append(findings, endpoint.Examine(ctx)...), nil
}

// checkMachine checks this machine. It returns nil if there is no valid configuration.
func (c checkOptions) checkMachine(ctx context.Context, env environment) ([]doctor.Finding, *config.Config) {
	configured, findings := doctor.LoadConfig(c.config, env.getenv)
	if configured != nil {
		findings = append(findings, doctor.MachineCheck{Config: configured, Network: env.network, Pause: env.requestSpacing}.Examine(ctx)...)
	}
	return findings, configured
}

// namesConfig reports whether the user named a configuration. Then it must exist.
func (c checkOptions) namesConfig(env environment) bool {
	fromEnv, _ := env.getenv("SKILL_CONFIG")
	return c.config != "" || fromEnv != ""
}
