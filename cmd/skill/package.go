package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"lastpost/internal/assembly"
	"lastpost/internal/skillpkg"
)

// packageFlags select the skill and the output folder.
type packageFlags struct {
	skillFlags
	out, certificate string
	force            bool
}

func newPackage(env environment) *cobra.Command {
	var f packageFlags
	cmd := &cobra.Command{
		Use:   "package",
		Short: "Write the skill package that Amazon imports",
		Long: `Write the files that "ask deploy" imports into Amazon's console: manifest, interaction models, icons, and the two
configuration files of "ask". If the configuration has several skills, select one with --skill, and use a separate folder
for each.

Categories, example phrases and audio come from the stored posts. So run the command on the machine of the service, as a
user who can read the archive. If no posts are stored yet, the command fetches the feed. It prints what it found. Run it
again when the blog has new categories or its first episode.

The package is checked against Amazon's rules before anything is written. Files that this command wrote earlier are
replaced. A file that you changed is kept if its generated content is the same as last time. If both changed, or if this
command did not create the file, the command names the file and writes nothing; --force replaces it. The state of "ask"
in .ask is kept if it belongs to the same skill.

The privacy answers describe the service: it does not link accounts and does not ask for permissions. For each listener
it stores the day of the last visit, the newest post at that time and the place where the listener stopped in a post or an
episode, under a keyed hash, until the skill is disabled.
The answers are given in your name: check them in skill.json, and set isChildDirected if your blog is for children.`,
		Example: `  skill package --out alexa
  cd alexa && ask deploy`,
		Args: positionalArgs(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error { return f.runPackage(cmd.Context(), env) },
	}
	f.addTo(cmd, env)
	cmd.Flags().StringVar(&f.out, "out", "", "`FOLDER` to write the package into; created if it is missing")
	cmd.Flags().StringVar(&f.certificate, "certificate-type", "",
		"`TYPE` of the endpoint's certificate: Trusted, Wildcard or SelfSigned (default: from tls.mode and the certificate)")
	cmd.Flags().BoolVar(&f.force, "force", false, "also replace files that you changed")
	proposeValues(cmd, "certificate-type", func() []string { return []string{"Trusted", "Wildcard", "SelfSigned"} })
	return cmd
}

func (f *packageFlags) runPackage(ctx context.Context, env environment) error {
	if f.out == "" {
		return usageErrorf("--out is missing: set the folder for the package")
	}
	given, ok := skillpkg.ParseCertificateType(f.certificate)
	if !ok {
		return usageErrorf("--certificate-type must be Trusted, Wildcard or SelfSigned, not %q", f.certificate)
	}
	c, skill, err := f.loadSkill(env)
	if err != nil {
		return err
	}
	p, err := assembly.NewSkillPackage(ctx, c, skill, given, env.stderr)
	if err != nil {
		return err
	}
	return writePackage(env.stdout, p, f.out, f.force)
}

// writePackage writes the files and prints the results and the next step.
func writePackage(out io.Writer, p *assembly.SkillPackage, dir string, force bool) error {
	did, err := skillpkg.Write(dir, p.Files, force)
	if _, exists := errors.AsType[*skillpkg.ConflictError](err); exists {
		return fmt.Errorf("%w\nnothing was written. Write into another folder and compare, or replace these files with "+
			"--force", err)
	}
	for _, name := range did.Written {
		_, _ = fmt.Fprintln(out, "wrote "+name)
	}
	for _, name := range did.Removed {
		_, _ = fmt.Fprintln(out, "removed "+name)
	}
	for _, name := range did.KeptModified {
		_, _ = fmt.Fprintln(out, "kept "+name+", because you changed it")
	}
	if err != nil {
		return err
	}
	if len(did.Written)+len(did.Removed) == 0 {
		_, _ = fmt.Fprintln(out, dir+" is up to date")
	}
	for _, note := range p.Notes {
		_, _ = fmt.Fprintln(out, note)
	}
	if p.Spec.Certificate == skillpkg.SelfSigned {
		_, _ = fmt.Fprintln(out, "upload the certificate in the console under Endpoint, because a package cannot contain it. "+
			"Amazon accepts it only for skills in development")
	}
	_, err = fmt.Fprintf(out, "next: check the privacy answers in skill.json, then run: cd %s && ask deploy\n", dir)
	return err
}
