package smapitest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"time"

	"lastpost/internal/smapi/smapitest/rules"
)

// A Vendor is a developer account.
type Vendor struct {
	ID    string   `json:"id"`
	Name  string   `json:"name"`
	Roles []string `json:"roles"`
}

// A SkillView is what the fake has of a skill. Two deployments of one package have equal views but for ID.
type SkillView struct {
	ID             string
	VendorID       string
	Manifest       json.RawMessage            // with sorted keys; "null": none
	Models         map[string]json.RawMessage // by locale, with sorted keys
	Enabled        bool
	Certificate    string          // PEM
	AccountLinking json.RawMessage // nil: none. It contains the client's secret
}

// ReturnURL is the return URL of a new profile.
const ReturnURL = "http://127.0.0.1:9090/cb"

// NewProfile makes a security profile of the operator with ReturnURL.
func (a *Amazon) NewProfile() (clientID, clientSecret string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	made := a.newProfile()
	return made.id, made.secret
}

func (s *state) newProfile() *profile {
	made := &profile{
		id: "amzn1.application-oa2-client." + strings.ReplaceAll(newID(""), "-", ""), secret: s.newSecret("amzn1.oa2-cs.v1.", 32),
		returnURLs: []string{ReturnURL},
	}
	s.profiles = append(s.profiles, made)
	return made
}

// AllowReturnURL enters another return URL into a profile.
func (a *Amazon) AllowReturnURL(clientID, returnURL string) {
	a.changeProfile(clientID, func(p *profile) { p.returnURLs = append(p.returnURLs, returnURL) })
}

// ChangeClientSecret gives a profile another secret. The old one ends.
func (a *Amazon) ChangeClientSecret(clientID string) (clientSecret string) {
	a.changeProfile(clientID, func(p *profile) {
		p.secret = a.newSecret("amzn1.oa2-cs.v1.", 32)
		clientSecret = p.secret
	})
	return clientSecret
}

// changeProfile changes a profile. An unknown one is a mistake of the test.
func (a *Amazon) changeProfile(clientID string, edit func(*profile)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	found := a.findProfile(clientID)
	if found == nil {
		panic("the fake does not have the profile " + clientID)
	}
	edit(found)
}

// SignedIn returns a refresh token of the newest profile, and makes a profile if there is none. Without scopes it has those
// that a deployment needs.
func (a *Amazon) SignedIn(scopes ...string) (refreshToken string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.profiles) == 0 {
		a.newProfile()
	}
	return a.newRefreshToken(a.profiles[len(a.profiles)-1], orDefault(scopes))
}

// SignedInAs is SignedIn for one profile.
func (a *Amazon) SignedInAs(clientID string, scopes ...string) (refreshToken string) {
	a.changeProfile(clientID, func(p *profile) { refreshToken = a.newRefreshToken(p, orDefault(scopes)) })
	return refreshToken
}

// AccessToken returns a valid access token of the newest profile, for tests without a sign-in. Without scopes it has all.
func (a *Amazon) AccessToken(scopes ...string) string {
	if len(scopes) == 0 {
		scopes = knownScopes()
	}
	refresh := a.SignedIn(scopes...)
	a.mu.Lock()
	defer a.mu.Unlock()
	token, _ := a.newTokens(refresh)["access_token"].(string)
	return token
}

// orDefault returns the scopes of a deployment if there are none.
func orDefault(scopes []string) []string {
	if len(scopes) == 0 {
		return []string{"alexa::ask:" + skillsWrite, "alexa::ask:" + modelsWrite}
	}
	return scopes
}

// OperatorConsents opens the address of an authorization request in the operator's browser. The operator agrees. It returns
// the URL that the browser is sent to, or an error with the text of Amazon's error page.
func (a *Amazon) OperatorConsents(authorizeURL string) (redirectURL string, err error) {
	return a.browse(authorizeURL, false)
}

// OperatorDeclines is OperatorConsents for an operator who does not agree.
func (a *Amazon) OperatorDeclines(authorizeURL string) (redirectURL string, err error) {
	return a.browse(authorizeURL, true)
}

func (a *Amazon) browse(authorizeURL string, declines bool) (string, error) {
	u, err := url.Parse(authorizeURL)
	if err != nil {
		return "", err
	}
	if base := u.Scheme + "://" + u.Host; base != a.LWAURL || u.Path != "/ap/oa" {
		return "", fmt.Errorf("the authorization request goes to %s%s, not to %s/ap/oa", base, u.Path, a.LWAURL)
	}
	page := httptest.NewRecorder()
	a.authorize(page, httptest.NewRequest(http.MethodGet, authorizeURL, nil), declines)
	if page.Code != http.StatusFound {
		return "", errors.New(page.Body.String())
	}
	return page.Header().Get("Location"), nil
}

// RemoveAccess ends all tokens of a profile, as the operator does it on Amazon's account page.
func (a *Amazon) RemoveAccess(clientID string) {
	a.changeProfile(clientID, func(p *profile) {
		isRemoved := func(_ string, g *grant) bool { return g.client == p }
		maps.DeleteFunc(a.refresh, isRemoved)
		maps.DeleteFunc(a.access, isRemoved)
	})
}

// RotateRefreshToken makes the next refresh answer with a new refresh token. The old one ends.
func (a *Amazon) RotateRefreshToken() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.rotate = true
}

// ExpireAccessTokens ends all access tokens.
func (a *Amazon) ExpireAccessTokens() {
	a.mu.Lock()
	defer a.mu.Unlock()
	clear(a.access)
}

// ExpireUploads ends all upload URLs.
func (a *Amazon) ExpireUploads() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, found := range a.uploads {
		found.expires = time.Time{}
	}
}

// Advance moves the fake's clock.
func (a *Amazon) Advance(d time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.offset += d
}

// AddVendor adds a developer account of the operator. A fake begins without one. Without roles it is an administrator.
func (a *Amazon) AddVendor(id, name string, roles ...string) {
	if len(roles) == 0 {
		roles = []string{"ROLE_ADMINISTRATOR"}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.vendors = append(a.vendors, Vendor{id, name, roles})
}

// AddSkill makes a skill outside of any deployment, as in the console, and returns its id. Without a manifest it has the
// console's first one. Only the first manifest counts. The fake does not check it.
func (a *Amazon) AddSkill(vendorID string, manifest ...map[string]any) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	made := a.newSkill(vendorID)
	decoded := map[string]any{"manifest": map[string]any{
		"manifestVersion": "1.0", "apis": map[string]any{"custom": map[string]any{}},
		"publishingInformation": map[string]any{"locales": map[string]any{"en-US": map[string]any{"name": "A skill of the console"}}},
	}}
	if len(manifest) > 0 {
		decoded = clone(manifest[0])
	}
	made.setManifest(decoded)
	made.manifestChange = &change{status: succeeded}
	return made.id
}

// AddModel stores a built model of a skill, as in the console.
func (a *Amazon) AddModel(skillID, locale string, model map[string]any) {
	a.edit(skillID, func(k *skill) {
		k.setModel(locale, clone(any(model)))
		k.modelChanges[locale] = &change{status: succeeded}
	})
}

// edit changes a skill. An unknown one is a mistake of the test.
func (a *Amazon) edit(skillID string, change func(*skill)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	found := a.findSkill(skillID)
	if found == nil {
		panic("the fake does not have the skill " + skillID)
	}
	change(found)
	found.touch(a.now())
}

// Skills returns the skills in the order of their creation.
func (a *Amazon) Skills() []SkillView {
	a.mu.Lock()
	defer a.mu.Unlock()
	views := []SkillView{}
	for _, found := range a.skills {
		views = append(views, found.view())
	}
	return views
}

// Assets returns the files below assets/ that the last import of the skill had, by path: SHA-256 in hex.
func (a *Amazon) Assets(skillID string) (assets map[string]string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if found := a.findSkill(skillID); found != nil {
		assets = maps.Clone(found.assets)
	}
	return assets
}

// EditManifest changes a manifest in the console: {"manifest":{…}}.
func (a *Amazon) EditManifest(skillID string, edit func(manifest map[string]any)) {
	a.edit(skillID, func(k *skill) {
		edited, _ := clone(k.manifest).(map[string]any)
		edit(edited)
		k.setManifest(clone(any(edited)))
	})
}

// EditModel changes a model in the console: {"interactionModel":{…}}. The new model is built at once.
func (a *Amazon) EditModel(skillID, locale string, edit func(model map[string]any)) {
	a.edit(skillID, func(k *skill) {
		edited, _ := clone(k.models[locale].content).(map[string]any)
		edit(edited)
		k.setModel(locale, clone(any(edited)))
	})
}

// DisableSkill disables the development stage.
func (a *Amazon) DisableSkill(skillID string) {
	a.edit(skillID, func(k *skill) { k.enabled = false })
}

// StartOtherImport starts an import of the skill that is not the test's, and returns its id. It needs polls like any other.
// It changes nothing but the versions.
func (a *Amazon) StartOtherImport(skillID string) (importID string) {
	a.edit(skillID, func(k *skill) {
		same := &rules.Package{Manifest: k.manifest, Models: map[string]any{}, Assets: k.assets}
		for locale, found := range k.models {
			same.Models[locale] = found.content
		}
		job := &importJob{skill: k, vendorID: k.vendorID}
		a.addImport(job, same)
		importID = job.id
	})
	return importID
}

// ImportIDs returns the ids of all imports, in their order.
func (a *Amazon) ImportIDs() (ids []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for job := range slices.Values(a.imports) {
		ids = append(ids, job.id)
	}
	return ids
}
