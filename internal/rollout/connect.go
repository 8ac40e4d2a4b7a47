package rollout

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"lastpost/internal/assembly"
	"lastpost/internal/smapi"
	"lastpost/internal/smapi/login"
	"lastpost/internal/terminal"
)

// Logout deletes the stored sign-in.
func (r *Run) Logout(ctx context.Context) error {
	folder, err := login.DefaultDir(r.Getenv)
	if err != nil {
		return err
	}
	return login.Logout(ctx, login.CredentialStore{Dir: folder}, r.Out)
}

// connect signs in, or takes the stored sign-in.
func (r *Run) connect(ctx context.Context) (err error) {
	if r.folder, err = login.DefaultDir(r.Getenv); err != nil {
		return err
	}
	api, err := r.baseURL("SKILL_SMAPI_URL")
	if err != nil {
		return err
	}
	o, err := r.loginOptions()
	if err != nil {
		return err
	}
	if r.Login {
		if err := r.signIn(ctx, o); err != nil {
			return err
		}
	}
	if r.session, err = login.NewTokenSession(o); err != nil {
		return err
	}
	if r.Words != "" {
		if err := r.session.RequireScope(login.ScopeTest, "--try "+strconv.Quote(r.Words)); err != nil {
			return err
		}
	}
	r.client, err = smapi.New(smapi.Options{
		BaseURL: api, Tokens: r.session, Debug: r.Debug, UserAgent: assembly.UserAgent(""), Pause: r.Timing.Pause,
		Notice: r.notice,
	})
	return err
}

// baseURL returns the address in a variable that replaces one of Amazon's, or "".
func (r *Run) baseURL(name string) (string, error) {
	value, _ := r.Getenv(name)
	if value == "" {
		return "", nil
	}
	_, err := smapi.CheckBaseURL(name, value)
	return value, err
}

func (r *Run) loginOptions() (o login.Options, err error) {
	address, err := r.baseURL("SKILL_LWA_URL")
	if err != nil {
		return o, err
	}
	given, err := login.FromEnvironment(r.Getenv)
	if err != nil {
		return o, err
	}
	r.Vendor = cmp.Or(r.Vendor, given.VendorID)
	return login.Options{
		BaseURL: address, UserAgent: assembly.UserAgent(""), Debug: r.Debug, Store: login.CredentialStore{Dir: r.folder},
		Profile: given.Profile, RefreshToken: given.RefreshToken, Command: r.Command, Pause: r.Timing.Pause,
		Notice: r.notice,
	}, nil
}

func (r *Run) notice(line string) { _, _ = fmt.Fprintln(r.Err, line) }

// signIn asks for the least scopes: the one for tests only if the skill is tried.
func (r *Run) signIn(ctx context.Context, o login.Options) error {
	scopes := login.DeployScopes()
	if r.Words != "" {
		scopes = append(scopes, login.ScopeTest)
	}
	return login.SignIn(ctx, login.SignInOptions{Options: o, In: r.In, Out: r.Out, Scopes: scopes, NoPKCE: r.NoPKCE, Port: r.LoginPort})
}

// vendorChooser returns the question which vendor a new skill belongs to, or nil without a terminal.
func (r *Run) vendorChooser(ctx context.Context) func([]smapi.Vendor) (smapi.Vendor, error) {
	if !terminal.IsTerminal(r.In) {
		return nil
	}
	return func(vendors []smapi.Vendor) (smapi.Vendor, error) {
		for i, v := range vendors {
			r.printf("Vendor %d: %s (%s)", i+1, v.Name, v.ID)
		}
		for {
			line, err := terminal.ReadLine(ctx, r.In, r.Out, "The number of the vendor that the new skill belongs to: ")
			if err != nil {
				return smapi.Vendor{}, err
			}
			if n, err := strconv.Atoi(strings.TrimSpace(line)); err == nil && n >= 1 && n <= len(vendors) {
				return vendors[n-1], nil
			}
			r.printf("%q must be a number from 1 to %d.", line, len(vendors))
		}
	}
}

// ListSkills prints one line for each stage of each skill.
func (r *Run) ListSkills(ctx context.Context) error {
	if err := r.connect(ctx); err != nil {
		return err
	}
	vendors := []smapi.Vendor{{ID: r.Vendor}}
	if r.Vendor == "" {
		var err error
		if vendors, err = r.client.Vendors(ctx); err != nil {
			return err
		}
	}
	for _, v := range vendors {
		skills, err := r.client.Skills(ctx, v.ID)
		if err != nil {
			return err
		}
		r.printf("vendor %s: skills: %d", strings.TrimSpace(v.ID+" "+v.Name), len(skills))
		for _, s := range skills {
			r.printf("%s  %s  %s", s.ID, s.Stage, strings.Join(storeNames(s), ", "))
		}
	}
	return nil
}

// storeNames returns the names of a skill, each once.
func storeNames(s smapi.ListedSkill) (names []string) {
	for _, name := range s.NameByLocale {
		names = append(names, strconv.Quote(name))
	}
	slices.Sort(names)
	return slices.Compact(names)
}
