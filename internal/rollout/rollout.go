// Package rollout is the run of "skill deploy": it signs in, builds the skill package from the configuration, deploys it, writes
// the id of a new skill into the configuration, lets the running service reload, and prints what happens. The deployment itself
// is in package deployment.
package rollout

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"lastpost/internal/assembly"
	"lastpost/internal/config"
	"lastpost/internal/durable"
	"lastpost/internal/service"
	"lastpost/internal/skillpkg"
	"lastpost/internal/smapi"
	"lastpost/internal/smapi/deployment"
	"lastpost/internal/smapi/login"
)

// Options are the user's choices.
type Options struct {
	Login        bool // sign in first
	NoPKCE       bool
	Force        bool // overwrite changes at Amazon
	DryRun       bool // only print what would change
	EndpointOnly bool // deploy only the endpoint

	Certificate skillpkg.CertificateType // "": from the configuration
	Vendor      string                   // "": the account's only vendor, or the one of the environment
	Words       string                   // what the simulator says to the skill; "": nothing
}

// A Run is one run of the command.
type Run struct {
	Options

	Config *config.Config
	Skill  config.Skill // to deploy
	File   string       // of the configuration

	In       io.Reader
	Out, Err io.Writer
	Debug    io.Writer // receives each exchange with Amazon, without secrets; nil: none
	Getenv   func(name string) (value string, set bool)
	Command  string                   // as the user types it, without flags
	Rename   func(text string) string // replaces the name of the program in texts; nil: none

	LoginPort int // of the listener of the sign-in; 0: the one that Amazon knows
	Timing    deployment.TimeLimits

	folder   string // of the sign-in and the states of deployments
	session  *login.TokenSession
	client   *smapi.Client
	reloaded bool // the service was asked to reload
}

func (r *Run) printf(format string, args ...any) {
	_, _ = fmt.Fprintln(r.Out, r.rename(fmt.Sprintf(format, args...)))
}

// rename replaces the name of the program in commands.
func (r *Run) rename(text string) string {
	if r.Rename == nil {
		return text
	}
	return r.Rename(text)
}

func (r *Run) progress(line string) { r.printf("%s", line) }

// Deploy makes or updates the skill, and then tries it if Words are set.
func (r *Run) Deploy(ctx context.Context) error {
	if r.EndpointOnly && r.isNew() {
		return errors.New("--endpoint-only requires a skill that exists: run the command without it first")
	}
	if err := r.connect(ctx); err != nil {
		return err
	}
	deploy := r.deployPackage
	if r.EndpointOnly {
		deploy = r.deployEndpoint
	}
	if err := deploy(ctx); err != nil || r.Words == "" {
		return err
	}
	return r.trySkill(ctx)
}

// isNew reports whether Amazon has not given the skill an id yet.
func (r *Run) isNew() bool { return r.Skill.ApplicationID == config.PlaceholderID }

func (r *Run) deployPackage(ctx context.Context) error {
	p, err := assembly.NewSkillPackage(ctx, r.Config, r.Skill, r.Certificate, r.Err)
	if err != nil {
		return err
	}
	for _, note := range p.Notes {
		r.printf("%s", note)
	}
	if p.NoFeed != nil && !r.Force {
		return errors.New("nothing was deployed, because the package would lose the blog's categories and episodes: correct the feed, " +
			"or deploy it with --force")
	}
	s := deployment.Job{
		Name: r.Skill.Name, Files: p.Files, Endpoint: p.Spec.Endpoint, VendorID: r.Vendor, ChooseVendor: r.vendorChooser(ctx),
		StateDir: r.stateDir(), Force: r.Force, DryRun: r.DryRun, Progress: r.progress, Timing: r.Timing,
	}
	if !r.DryRun {
		s.SaveID = r.saveID
	}
	if !r.isNew() {
		s.SkillID = r.Skill.ApplicationID
	}
	if s.CertificatePEM, err = r.uploadedCertificate(p.Spec.Certificate); err != nil {
		return err
	}
	if s.AccountLinking, err = assembly.LinkingClient(r.Config); err != nil {
		return err
	}
	result, err := deployment.Run(ctx, r.client, s)
	if err != nil {
		return errors.Join(err, result.SaveError)
	}
	r.printResult(p, result)
	r.Skill.ApplicationID = cmp.Or(result.SkillID, r.Skill.ApplicationID)
	return result.SaveError
}

// uploadedCertificate returns the self-signed certificate to upload, or "".
func (r *Run) uploadedCertificate(kind skillpkg.CertificateType) (string, error) {
	content, err := assembly.UploadedCertificate(r.Config, kind)
	if err == nil && content == "" && kind == skillpkg.SelfSigned {
		r.printf("upload the certificate in Amazon's console under Endpoint, because this service does not have it")
	}
	return content, err
}

func (r *Run) deployEndpoint(ctx context.Context) (err error) {
	kind := r.Certificate
	if kind == "" {
		if kind, err = assembly.CertificateType(r.Config); err != nil {
			return err
		}
	}
	endpoint := r.Config.EndpointURL(r.Skill)
	if endpoint == "" {
		return errors.New("the endpoint is not known: set public_url to the public address of the service")
	}
	content, err := r.uploadedCertificate(kind)
	if err != nil {
		return err
	}
	changes, err := deployment.SetEndpoint(ctx, r.client, deployment.EndpointSpec{
		Name: r.Skill.Name, SkillID: r.Skill.ApplicationID, Endpoint: endpoint, CertificateType: kind, CertificatePEM: content,
		StateDir: r.stateDir(), Force: r.Force, DryRun: r.DryRun, Progress: r.progress, Timing: r.Timing,
	})
	if err != nil {
		return err
	}
	what := "changed"
	if r.DryRun {
		what = "would change"
	}
	r.printChanges(what, changes)
	if len(changes) == 0 {
		r.printf("the endpoint at Amazon is up to date: %s", endpoint)
	}
	return nil
}

func (r *Run) stateDir() string { return filepath.Join(r.folder, "deployments") }

// saveID writes the id of a new skill into the configuration, and lets the running service read it.
func (r *Run) saveID(id string) error {
	content, err := os.ReadFile(r.File)
	if err == nil {
		content, err = config.SetApplicationID(content, r.Skill.Name, id, r.Getenv)
	}
	if err == nil {
		err = durable.Rewrite(r.File, content)
	}
	if err != nil {
		return fmt.Errorf("the id of the skill was not written into %s: %w\nWrite this line into it, for the skill %s, and let the "+
			"service reload it:\n    application_id: %s", r.File, err, r.Skill.Name, id)
	}
	r.printf("wrote the id of the skill into %s: %s", r.File, id)
	r.requestReload(true)
	return nil
}

// requestReload lets the running service read the configuration.
func (r *Run) requestReload(explain bool) {
	if r.reloaded {
		return
	}
	pid, err := service.RequestReload(r.Config.DataDir)
	if err == nil {
		r.reloaded = true
		r.printf("the running service, process %d, reads the configuration again", pid)
	} else if explain {
		r.printf("the service does not know the id yet: %v", err)
	}
}
