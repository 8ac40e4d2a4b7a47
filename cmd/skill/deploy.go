package main

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"lastpost/internal/assembly"
	"lastpost/internal/rollout"
	"lastpost/internal/skillpkg"
)

// deployFlags select the skill and the part of the deployment.
type deployFlags struct {
	skillFlags
	rollout.Options
	certificate string
	debug       bool
	list        bool
	logout      bool
}

func newDeploy(env environment) *cobra.Command {
	var f deployFlags
	cmd := &cobra.Command{
		Use:   "deploy",
		Short: "Make or update the skill at Amazon",
		Long: `Make the skill at Amazon, or update it: build the package of "skill package", upload it, wait until Amazon has built the
models, and enable the skill for testing with your own devices. If the skill does not have an id yet, the command creates
it, writes the id into the configuration, and lets the running service reload. It does not need Amazon's own tools.

Run the command as yourself or as root, not as the service's user. The first time, add --login. To sign in, you need a
security profile of your own at Amazon: docs/amazon.md shows how to make it. The sign-in is stored in your configuration
folder, which only you can read. It can change every skill of your account; --logout deletes it. For CI, set
SKILL_LWA_CLIENT_ID, SKILL_LWA_CLIENT_SECRET, SKILL_LWA_REFRESH_TOKEN and perhaps SKILL_VENDOR_ID. Each of these
variables may instead have _FILE after its name and a file as its value.

If the command is interrupted, run it again: it goes on with the same work, and never creates a second skill. If someone
has changed the skill at Amazon since the last run, the command shows the changes and stops. --force overwrites them.

The privacy answers of the package are given in your name: "skill package --help" has them.`,
		Example: `  skill deploy --login
  skill deploy --dry-run
  skill deploy --login --try "open half elf"`,
		Args: positionalArgs(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.validate(cmd.Flags().Changed("try")); err != nil {
				return err
			}
			return f.runDeploy(cmd, env)
		},
	}
	f.addTo(cmd, env)
	flags := cmd.Flags()
	flags.StringVar(&f.certificate, "certificate-type", "",
		"`TYPE` of the endpoint's certificate: Trusted, Wildcard or SelfSigned (default: from tls.mode and the certificate)")
	flags.BoolVar(&f.Login, "login", false, "sign in to Amazon first")
	flags.BoolVar(&f.NoPKCE, "no-pkce", false, "with --login, sign in without PKCE, if Amazon refuses it")
	flags.BoolVar(&f.logout, "logout", false, "delete the stored sign-in")
	flags.StringVar(&f.Words, "try", "", "then let Amazon's simulator say `WORDS` to the skill, such as \"open half elf\"")
	flags.BoolVar(&f.DryRun, "dry-run", false, "print what would change, and change nothing")
	flags.BoolVar(&f.Force, "force", false, "overwrite changes that someone made at Amazon")
	flags.BoolVar(&f.EndpointOnly, "endpoint-only", false, "change only the endpoint of the skill, and not its models and texts")
	flags.BoolVar(&f.list, "list", false, "print your skills at Amazon and do nothing else")
	flags.StringVar(&f.Vendor, "vendor", "", "vendor `ID`, if your account has several (default $SKILL_VENDOR_ID)")
	flags.BoolVar(&f.debug, "debug", false, "print each request and answer to standard error, without secrets")
	proposeValues(cmd, "certificate-type", func() []string { return []string{"Trusted", "Wildcard", "SelfSigned"} })
	return cmd
}

// validate refuses flags that cannot be combined.
func (f *deployFlags) validate(tries bool) error {
	deploys := tries || f.DryRun || f.Force || f.EndpointOnly || f.certificate != ""
	switch {
	case f.logout && (deploys || f.Login || f.list):
		return usageErrorf("--logout cannot be combined with other flags")
	case f.list && deploys:
		return usageErrorf("--list cannot be combined with the flags of a deployment")
	case f.NoPKCE && !f.Login:
		return usageErrorf("--no-pkce requires --login")
	case tries && f.DryRun:
		return usageErrorf("--try and --dry-run cannot be combined: a trial needs the deployed skill")
	case tries && strings.TrimSpace(f.Words) == "":
		return usageErrorf("--try is empty: write what a listener says, such as \"open half elf\"")
	}
	var ok bool
	if f.Certificate, ok = skillpkg.ParseCertificateType(f.certificate); !ok {
		return usageErrorf("--certificate-type must be Trusted, Wildcard or SelfSigned, not %q", f.certificate)
	}
	return nil
}

func (f *deployFlags) runDeploy(cmd *cobra.Command, env environment) (err error) {
	ctx, typed := cmd.Context(), commandRenamer(cmd.Root())
	r := rollout.Run{
		Options: f.Options, In: env.stdin, Out: env.stdout, Err: env.stderr, Getenv: env.getenv, Command: cmd.CommandPath(),
		Rename: typed, LoginPort: env.amazon.loginPort, Timing: env.amazon.timing,
	}
	if f.debug {
		r.Debug = env.stderr
	}
	switch {
	case f.logout:
		err = r.Logout(ctx)
	case f.list:
		err = r.ListSkills(ctx)
	default:
		if r.Config, r.Skill, err = f.loadSkill(env); err != nil {
			return err
		}
		r.File = assembly.ConfigFile(f.config, env.getenv)
		err = r.Deploy(ctx)
	}
	switch {
	case err != nil && ctx.Err() != nil:
		return errors.New("interrupted: run the same command again, and it goes on with the same work")
	case err != nil:
		return errors.New(typed(err.Error())) // it names commands
	}
	return nil
}
