package deployment

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"lastpost/internal/skillpkg"
	"lastpost/internal/smapi"
	"lastpost/internal/smapi/jsondiff"
)

// EndpointSpec describes a change of only the endpoint of a skill.
type EndpointSpec struct {
	Name, SkillID   string
	Endpoint        string
	CertificateType skillpkg.CertificateType
	CertificatePEM  string // of a self-signed certificate, or ""
	StateDir        string
	Force           bool // overwrites a manifest that changes at the same time
	DryRun          bool // only reads
	Progress        func(line string)
	Timing          TimeLimits
}

// SetEndpoint changes the endpoint in the manifest of a skill, and nothing else. It returns the changes of the manifest. The
// texts and models at Amazon stay as they are, also if someone edited them.
func SetEndpoint(ctx context.Context, client *smapi.Client, s EndpointSpec) (changes []DocumentChange, err error) {
	if s.SkillID == "" {
		return nil, errors.New("the skill does not have an id yet: run skill deploy without --endpoint-only to create it")
	}
	r := &run{client: client, timing: s.Timing.withDefaults(), store: store{s.StateDir, s.Name}, spec: Job{SkillID: s.SkillID,
		Endpoint: s.Endpoint, CertificatePEM: s.CertificatePEM, Progress: s.Progress, Force: s.Force}}
	if s.DryRun {
		_, _, changes, err = r.newManifest(ctx, s)
		return changes, err
	}
	if r.lock, err = r.store.lock(); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.lock.release()) }()
	if err := r.lock.add(skillKey(s.SkillID)); err != nil {
		return nil, err
	}
	if r.state, err = r.store.read(skillKey(s.SkillID)); err != nil {
		return nil, err
	}
	before, manifest, changes, err := r.newManifest(ctx, s)
	if err != nil {
		return nil, err
	}
	if len(changes) > 0 {
		err = r.replaceManifest(ctx, before, manifest)
	}
	if err == nil && s.CertificatePEM != "" {
		err = r.setOnlyCertificate(ctx)
	}
	return changes, err
}

// newManifest returns the manifest at Amazon, the manifest with the new endpoint, and the differences.
func (r *run) newManifest(ctx context.Context, s EndpointSpec) (
	before smapi.StoredDocument, changed []byte, changes []DocumentChange, err error,
) {
	before, _, err = readManifest(ctx, r.client, s.SkillID)
	if errors.Is(err, errNoManifest) {
		err = fmt.Errorf("the skill %s: %w. Wait a minute, and run the command again", s.SkillID, err)
	}
	if err != nil {
		return before, nil, nil, err
	}
	if changed, err = withEndpoint(before.JSON, s.Endpoint, s.CertificateType); err != nil {
		return before, nil, nil, err
	}
	found, err := jsondiff.Compare(before.JSON, changed)
	for _, change := range found {
		changes = append(changes, DocumentChange{manifestDocument, change})
	}
	return before, changed, changes, err
}

// withEndpoint returns a manifest with another endpoint: of the skill, of its regions, and of its events if they have one.
func withEndpoint(manifest []byte, url string, certificate skillpkg.CertificateType) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(manifest))
	decoder.UseNumber() // a number stays as it is
	var document map[string]any
	if err := decoder.Decode(&document); err != nil {
		return nil, fmt.Errorf("read the manifest at Amazon: %w", err)
	}
	inner, _ := document["manifest"].(map[string]any)
	apis, _ := inner["apis"].(map[string]any)
	custom, ok := apis["custom"].(map[string]any)
	if !ok {
		return nil, errors.New("the manifest at Amazon does not have apis.custom: the skill is not a custom skill")
	}
	endpoint := map[string]any{"uri": url, "sslCertificateType": string(certificate)}
	custom["endpoint"] = endpoint
	owners := []any{inner["events"]}
	for _, parent := range []any{custom, inner["events"]} {
		object, _ := parent.(map[string]any)
		regions, _ := object["regions"].(map[string]any)
		for _, region := range regions {
			owners = append(owners, region)
		}
	}
	for _, owner := range owners {
		object, _ := owner.(map[string]any)
		if _, ok := object["endpoint"]; ok {
			object["endpoint"] = endpoint
		}
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(document)
	return out.Bytes(), err
}

// replaceManifest sends the manifest and waits until Amazon has it.
func (r *run) replaceManifest(ctx context.Context, before smapi.StoredDocument, manifest []byte) error {
	id, ifMatch := r.spec.SkillID, before.ETag
	if r.spec.Force {
		ifMatch = ""
	}
	r.progress("setting the endpoint " + r.spec.Endpoint)
	err := r.client.SetManifest(ctx, id, manifest, ifMatch)
	if smapi.Status(err) == http.StatusPreconditionFailed {
		return &EditedError{SkillID: id, Reason: err}
	}
	if err != nil {
		return err
	}
	var after smapi.StoredDocument
	failures := 0
	err = r.poll(ctx, r.timing.Now(), r.timing.Import, func() (bool, error) {
		status, err := r.client.Status(ctx, id)
		if err != nil || status.Manifest.Running() {
			return false, err
		}
		var view manifestView
		after, view, err = readManifest(ctx, r.client, id)
		if errors.Is(err, errNoManifest) {
			return false, nil
		}
		if err != nil || view.endpoint() == r.spec.Endpoint {
			return err == nil, err
		}
		if status.Manifest.Status != smapi.StatusFailed {
			return false, nil
		}
		if failures++; failures < 3 {
			return false, nil // the status can be old
		}
		return false, manifestError(status.Manifest.Errors)
	})
	if errors.Is(err, ErrTimeout) {
		err = fmt.Errorf("%w. Run the command again", err)
	}
	if err != nil {
		return fmt.Errorf("set the endpoint of the skill %s: %w", id, err)
	}
	return r.storeManifest(before, after)
}

func manifestError(problems []smapi.Problem) error {
	lines := []string{"Amazon did not accept the manifest"}
	for _, problem := range problems {
		lines = append(lines, "  "+problemLine("", problem))
	}
	return errors.New(strings.Join(lines, "\n"))
}

// storeManifest makes the new manifest the one that edits are compared with. If someone edited the manifest before, it is not
// stored, so that the next deployment reports the edit.
func (r *run) storeManifest(before, after smapi.StoredDocument) error {
	if r.state == nil || r.state.Remote == nil {
		return nil
	}
	was := r.state.Remote[manifestDocument]
	if was.ETag != before.ETag || was.ETag == "" {
		return nil
	}
	r.state.Remote[manifestDocument] = document{after.ETag, string(after.JSON)}
	return r.store.write(skillKey(r.spec.SkillID), r.state)
}

// setOnlyCertificate uploads the certificate. The state may not exist.
func (r *run) setOnlyCertificate(ctx context.Context) error {
	r.progress("uploading the self-signed certificate of the endpoint")
	if err := r.client.SetCertificate(ctx, r.spec.SkillID, r.spec.CertificatePEM); err != nil || r.state == nil {
		return err
	}
	r.state.Certificate = hashText(r.spec.CertificatePEM)
	return r.store.write(skillKey(r.spec.SkillID), r.state)
}
