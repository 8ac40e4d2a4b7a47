package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"lastpost/internal/archive"
	"lastpost/internal/assembly"
	"lastpost/internal/config"
	"lastpost/internal/handlers"
	"lastpost/internal/phrases"
	"lastpost/internal/simulator"
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
		Long: `Write what Amazon imports of a skill with "ask deploy", its package: manifest, interaction models, icons, and the two files
that "ask" works by. With several skills in the configuration, each has a folder of its own, and --skill says whose it is.

The values of the category slot are the categories of the posts that the service has kept: run it where the service ran,
as a user who may read its archive, and again when the blog has new ones.

The package is held to Amazon's rules before anything is written. What this command wrote before is replaced, and a file
that you have changed since is kept, as long as what would be written in its place is still the same. Where both have
changed, or a file is not from here, it is named and nothing is written; --force replaces it. What "ask" remembers in .ask
stays where it is of the same skill.

The answers on privacy are true for the service as it is: it links no account, asks for no permission, and keeps of a
listener the day of the last visit and the newest post there was, under a keyed hash, until the skill is disabled. Read
them in skill.json, since they are given in your name, and set isChildDirected there if your blog is for children.`,
		Example: `  skill package --out alexa
  cd alexa && ask deploy`,
		Args: positionalArgs(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error { return f.runPackage(cmd.Context(), env) },
	}
	f.addTo(cmd)
	cmd.Flags().StringVar(&f.out, "out", "", "`FOLDER` to write the package into; made where it is missing")
	cmd.Flags().StringVar(&f.certificate, "certificate-type", "",
		"`TYPE` of the endpoint's certificate, Trusted, Wildcard or SelfSigned (default by tls.mode and the certificate)")
	cmd.Flags().BoolVar(&f.force, "force", false, "replace files that you have changed, too")
	return cmd
}

func (f *packageFlags) runPackage(ctx context.Context, env environment) error {
	if f.out == "" {
		return usageErrorf("--out is missing: name the folder to write the package into")
	}
	given, ok := skillpkg.ParseCertificateType(f.certificate)
	if !ok {
		return usageErrorf("--certificate-type must be Trusted, Wildcard or SelfSigned, not %q", f.certificate)
	}
	c, skill, err := f.loadSkill(env)
	if err != nil {
		return err
	}
	p, err := newSkillPackage(ctx, c, skill, given)
	if err != nil {
		return err
	}
	return p.writeTo(env.stdout, f.out, f.force)
}

// A skillPackage holds the files of a package and notes for its author.
type skillPackage struct {
	skill skillpkg.Spec
	files []skillpkg.File
	notes []string
}

func newSkillPackage(ctx context.Context, c *config.Config, skill config.Skill, certificate skillpkg.CertificateType) (*skillPackage, error) {
	book, err := phrases.Load()
	if err != nil {
		return nil, err
	}
	if certificate == "" {
		if certificate, err = certificateType(c); err != nil {
			return nil, err
		}
	}
	categories, err := archivedCategories(ctx, c, skill)
	if err != nil {
		return nil, err
	}
	p := &skillPackage{skill: packageInput(c, skill, certificate, categories)}
	p.files, err = skillpkg.Build(book, p.skill)
	p.collectNotes(c, skill, book)
	return p, err
}

// packageInput returns the input for skillpkg.
func packageInput(c *config.Config, skill config.Skill, certificate skillpkg.CertificateType, categories []string) skillpkg.Spec {
	return skillpkg.Spec{
		ApplicationID: skill.ApplicationID, InvocationName: skill.InvocationName, Title: skill.Title,
		Endpoint: c.EndpointURL(skill), Certificate: certificate, PrivacyPolicyURL: skill.PrivacyPolicyURL, Locales: skill.Locales,
		Intents: modelIntents(), Types: []skillpkg.Type{{Name: handlers.CategoryType, Values: categories}},
	}
}

// modelIntents converts the intent table of the service to the interaction model.
func modelIntents() (intents []skillpkg.Intent) {
	for _, intent := range handlers.Intents() {
		taught := skillpkg.Intent{Name: intent.Name}
		for _, slot := range intent.Slots {
			taught.Slots = append(taught.Slots, skillpkg.Slot(slot))
		}
		intents = append(intents, taught)
	}
	return intents
}

// archivedCategories returns the categories in the archive, or none if there is no archive.
func archivedCategories(ctx context.Context, c *config.Config, skill config.Skill) ([]string, error) {
	posts, err := archive.View(ctx, assembly.ArchiveFile(c.DataDir, skill))
	if errors.Is(err, archive.ErrMissing) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	categories, err := posts.Categories(ctx, simulator.MaxCategories)
	return categories, errors.Join(err, posts.Close())
}

// collectNotes collects the notes to print before the import.
func (p *skillPackage) collectNotes(c *config.Config, skill config.Skill, book *phrases.Catalog) {
	for _, locale := range skill.Locales {
		if !book.Supports(locale) {
			p.notes = append(p.notes, "warning: "+locale+" is taught, shown and answered in English; remove it from the skill's locales, "+
				"or expect Amazon's testers to refuse it")
		}
	}
	if left := p.skill.OmittedIntents(); len(left) > 0 {
		p.notes = append(p.notes, fmt.Sprintf("left out: %s, as %s has no posts with categories yet; let the service fetch them, and "+
			"make the package again", strings.Join(left, ", "), assembly.ArchiveFile(c.DataDir, skill)))
	}
	p.notes = append(p.notes, "endpoint: "+p.skill.Endpoint,
		"certificate: "+string(p.skill.Certificate)+", in Amazon's console "+p.skill.Certificate.ConsoleOption())
	if p.skill.Certificate == skillpkg.SelfSigned {
		p.notes = append(p.notes, "upload the certificate in the console under Endpoint, as a package cannot carry it; skills in "+
			"development only")
	}
}

// writeTo writes the files and prints the results and the next step.
func (p *skillPackage) writeTo(out io.Writer, dir string, force bool) error {
	did, err := skillpkg.Write(dir, p.files, force)
	if _, exists := errors.AsType[*skillpkg.ConflictError](err); exists {
		return fmt.Errorf("%w\nnothing was written: write into another folder and compare, or lose the content of what is named with "+
			"--force", err)
	}
	for _, name := range did.Written {
		_, _ = fmt.Fprintln(out, "wrote "+name)
	}
	for _, name := range did.Removed {
		_, _ = fmt.Fprintln(out, "removed "+name)
	}
	for _, name := range did.KeptModified {
		_, _ = fmt.Fprintln(out, "kept "+name+" as you have changed it")
	}
	if err != nil {
		return err
	}
	if len(did.Written)+len(did.Removed) == 0 {
		_, _ = fmt.Fprintln(out, dir+" has the package already: nothing has changed")
	}
	for _, note := range p.notes {
		_, _ = fmt.Fprintln(out, note)
	}
	_, err = fmt.Fprintf(out, "next: look at the answers on privacy in skill.json, then: cd %s && ask deploy\n", dir)
	return err
}

// certificateType returns the certificate type for the manifest. It assumes a trusted certificate if a proxy speaks TLS
// or the host is unknown.
func certificateType(c *config.Config) (skillpkg.CertificateType, error) {
	host := c.PublicHost()
	switch {
	case c.TLS.Mode == config.TLSSelfSigned:
		return skillpkg.SelfSigned, nil
	case c.TLS.Mode == config.TLSFiles && host != "":
		leaf, err := readLeafCertificate(c.TLS.CertFile)
		if err != nil {
			return "", fmt.Errorf("of which type the certificate is cannot be seen: %w; let this user read it, or give --certificate-type",
				err)
		}
		if leaf.VerifyHostname(host) != nil {
			return "", fmt.Errorf("%s is not among the names of the certificate (%s): get a certificate for %s", host,
				strings.Join(leaf.DNSNames, ", "), host)
		}
		return skillpkg.ClassifyCertificate(leaf, host), nil
	}
	return skillpkg.Trusted, nil
}

// readLeafCertificate reads the first certificate in a file. It does not need the private key.
func readLeafCertificate(file string) (*x509.Certificate, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	for block, rest := pem.Decode(content); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			return x509.ParseCertificate(block.Bytes)
		}
	}
	return nil, fmt.Errorf("%s has no certificate in it", file)
}
