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
	"lastpost/internal/doctor/access"
	"lastpost/internal/simulator"
)

// checkOptions are the flags of "skill check".
type checkOptions struct {
	config  string // file; "": the default
	url     string // of an endpoint to check from outside; "": none
	demoKey string // file; "": none
	asJSON  bool
}

func newCheck(env environment) *cobra.Command {
	var c checkOptions
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check configuration, feed, certificate, port and clock, or an endpoint from outside",
		Long: `Check configuration, data directory, certificate, port 443, DNS, feed, access to older posts, archive and clock. Each
line is one result: ok, warn or FAIL, with the remedy. The exit status is 1 if a check failed.

With --url the command also checks an endpoint from outside, as Alexa sees it: port, DNS, TLS and certificate. If
possible, run it on another machine. It sends the forged requests of Amazon's certification, and expects status 400 for
each. The service logs about twenty refusals. The command also reports whether a proxy changes headers or bodies. Without
a configuration it checks only the endpoint.`,
		Args: positionalArgs(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			findings, err := c.runChecks(cmd.Context(), env)
			if err != nil {
				return err
			}
			if err := doctor.WriteReport(env.stdout, renameCommands(cmd.Root(), findings), c.asJSON); err != nil {
				return err
			}
			if hasFailed(findings) {
				return errReported
			}
			return nil
		},
	}
	addConfigFlag(cmd, &c.config)
	cmd.Flags().StringVar(&c.url, "url", "", "check the endpoint `URL` from outside, for example https://skill.example.com/alexa/halfelf")
	cmd.Flags().StringVar(&c.demoKey, "demo-key", "", "key `FILE` that the demo prints; requires --url with the address of the demo")
	cmd.Flags().BoolVar(&c.asJSON, "json", false, "print a JSON array of objects with verdict, check, message and remedy")
	return cmd
}

// hasFailed reports whether a check failed.
func hasFailed(findings []doctor.Finding) bool {
	return slices.ContainsFunc(findings, func(f doctor.Finding) bool { return f.Verdict == doctor.Fail })
}

// renameCommands replaces the program name in front of commands.
func renameCommands(root *cobra.Command, findings []doctor.Finding) []doctor.Finding {
	typed := commandRenamer(root)
	for i, f := range findings {
		findings[i].Message, findings[i].Remedy = typed(f.Message), typed(f.Remedy)
	}
	return findings
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
		credentials, _ := env.getenv("CREDENTIALS_DIRECTORY")
		machine := doctor.MachineCheck{
			Config: configured, File: assembly.ConfigFile(c.config, env.getenv), Network: env.network, Pause: env.requestSpacing,
			Host: access.Host{Credentials: credentials},
		}
		findings = append(findings, machine.Examine(ctx)...)
	}
	return findings, configured
}

// namesConfig reports whether the user named a configuration. Then it must exist.
func (c checkOptions) namesConfig(env environment) bool {
	fromEnv, _ := env.getenv("SKILL_CONFIG")
	return c.config != "" || fromEnv != ""
}
