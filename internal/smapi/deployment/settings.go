package deployment

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"lastpost/internal/smapi"
	"lastpost/internal/smapi/jsondiff"
)

// applySettings sets what a package cannot contain: the self-signed certificate and the account-linking client.
func (r *run) applySettings(ctx context.Context) error {
	if err := r.setCertificate(ctx); err != nil {
		return err
	}
	if err := r.setAccountLinking(ctx); err != nil {
		return err
	}
	if !r.result.Certificate && !r.result.AccountLinking {
		return nil
	}
	// The settings are perhaps part of the versions. Otherwise they would look like changes of another person.
	remote, err := r.readSkill(ctx)
	if err != nil {
		return err
	}
	r.state.Remote = remote
	return r.save()
}

func (r *run) setCertificate(ctx context.Context) error {
	hash := hashText(r.spec.CertificatePEM)
	if hash == "" || hash == r.state.Certificate && !r.spec.Force {
		return nil
	}
	r.progress("uploading the self-signed certificate of the endpoint")
	if err := r.client.SetCertificate(ctx, r.state.SkillID, r.spec.CertificatePEM); err != nil {
		return err
	}
	r.result.Certificate, r.state.Certificate = true, hash
	return r.save()
}

func (r *run) setAccountLinking(ctx context.Context) error {
	hash := hashText(string(r.spec.AccountLinking))
	if hash == "" || hash == r.state.AccountLinking && !r.spec.Force {
		return nil
	}
	ifMatch := r.state.LinkingETag
	if ifMatch == "" && !r.spec.Force {
		var err error
		if ifMatch, err = r.checkAccountLinking(ctx); err != nil {
			return err
		}
	}
	if r.spec.Force {
		ifMatch = ""
	}
	r.progress("setting the account-linking client")
	etag, err := r.client.SetAccountLinking(ctx, r.state.SkillID, r.spec.AccountLinking, ifMatch)
	if smapi.Status(err) == http.StatusPreconditionFailed {
		return &EditedError{SkillID: r.state.SkillID, Reason: err}
	}
	if err != nil {
		return err
	}
	r.result.AccountLinking, r.state.AccountLinking, r.state.LinkingETag = true, hash, etag
	return r.save()
}

// checkAccountLinking returns the version of the client at Amazon, "" if there is none. It returns an *EditedError if the
// client at Amazon is another one that this command did not set.
func (r *run) checkAccountLinking(ctx context.Context) (etag string, err error) {
	found, err := r.client.AccountLinking(ctx, r.state.SkillID)
	if smapi.IsNotFound(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	changes, err := compareLinking(found.JSON, r.spec.AccountLinking)
	if err == nil && len(changes) > 0 {
		err = &EditedError{SkillID: r.state.SkillID, Changes: changes, Unknown: true}
	}
	return found.ETag, err
}

// compareLinking returns what a request would change. Amazon does not send the secret, and may add values.
func compareLinking(found, request []byte) (changes []DocumentChange, err error) {
	var answer struct {
		Response json.RawMessage `json:"accountLinkingResponse"`
	}
	if err := json.Unmarshal(found, &answer); err != nil {
		return nil, fmt.Errorf("read the account-linking client at Amazon: %w", err)
	}
	if answer.Response != nil {
		found = answer.Response
	}
	all, err := jsondiff.Compare(found, request)
	for _, change := range all {
		if change.New != "" && !strings.Contains(change.Path, "clientSecret") {
			changes = append(changes, DocumentChange{"account linking", change})
		}
	}
	return slices.Clip(changes), err
}
