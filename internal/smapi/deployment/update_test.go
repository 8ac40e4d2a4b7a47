package deployment

import (
	"errors"
	"net/http"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/smapi/smapitest"
)

// requireEdited checks an error that stops before something is overwritten.
func requireEdited(t *testing.T, err error, changes ...string) *EditedError {
	t.Helper()
	edited, ok := errors.AsType[*EditedError](err)
	require.True(t, ok, "%v", err)
	var lines []string
	for _, change := range edited.Changes {
		lines = append(lines, change.String())
	}
	require.Equal(t, changes, lines)
	require.ErrorContains(t, err, "--force")
	return edited
}

func TestEditsAtAmazonAreRespected(t *testing.T) {
	const locale = "manifest.publishingInformation.locales."
	for _, c := range []struct {
		claim string
		edit  func(a *smapitest.Amazon, id string)
		want  string
	}{
		{"a text of the manifest", func(a *smapitest.Amazon, id string) {
			a.EditManifest(id, func(m map[string]any) {
				walk(m, "manifest", "publishingInformation", "locales", "en-US")["summary"] = "my words"
			})
		}, "manifest: " + locale + `en-US.summary: "posts" becomes "my words"`},
		{"a sample of a model", func(a *smapitest.Amazon, id string) {
			a.EditModel(id, "de-DE", func(m map[string]any) {
				walk(m, "interactionModel", "languageModel")["invocationName"] = "other name"
			})
		}, `model de-DE: interactionModel.languageModel.invocationName: "half elf" becomes "other name"`},
		{"a model of another locale", func(a *smapitest.Amazon, id string) {
			a.AddModel(id, "fr-FR", map[string]any{"interactionModel": map[string]any{}})
			a.EditManifest(id, func(m map[string]any) {
				walk(m, "manifest", "publishingInformation", "locales")["fr-FR"] = map[string]any{"name": "Nouvelles"}
			})
		}, "model fr-FR: new"},
		{"a locale that was removed", func(a *smapitest.Amazon, id string) {
			a.EditManifest(id, func(m map[string]any) { delete(walk(m, "manifest", "publishingInformation", "locales"), "de-DE") })
		}, "manifest: " + locale + "de-DE: removed: "},
	} {
		t.Run(c.claim, func(t *testing.T) {
			f := newFixture(t, smapitest.Options{})
			id := f.deploy().SkillID
			c.edit(f.amazon, id)
			before := f.skill()
			for _, files := range [][]string{{"Half Elf", "en-US", "de-DE"}, {"New name", "en-US"}} {
				f.spec.Files = packageFiles(files[0], files[1:]...)
				_, err := f.run()
				edited, ok := errors.AsType[*EditedError](err)
				require.True(t, ok, "%v", err)
				require.False(t, edited.Unknown)
				require.ErrorContains(t, err, c.want)
				require.ErrorContains(t, err, "--force")
				require.Equal(t, before, f.skill(), "nothing is overwritten")
			}
			f.spec.Force = true
			require.True(t, f.deploy().Imported)
			require.Contains(t, string(f.skill().Manifest), "New name")
			f.spec.Force = false
			require.False(t, f.deploy().Imported, "afterwards there are no edits")
		})
	}
}

// TestSavedButEqualDocumentsAreNotEdits has new versions of the same documents, as after a click on "Save".
func TestSavedButEqualDocumentsAreNotEdits(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	id := f.deploy().SkillID
	f.amazon.EditManifest(id, func(map[string]any) {})
	f.amazon.EditModel(id, "en-US", func(map[string]any) {})
	before := f.readState(id).Remote
	require.False(t, f.deploy().Imported)
	require.NotEqual(t, before[manifestDocument].ETag, f.readState(id).Remote[manifestDocument].ETag, "the new versions are stored")
	require.NotEqual(t, before["model en-US"].ETag, f.readState(id).Remote["model en-US"].ETag)
}

func TestUnknownSkillIsComparedWithThePackage(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	id := f.amazon.AddSkill(vendorID)
	f.spec.SkillID = id
	_, err := f.run()
	edited, ok := errors.AsType[*EditedError](err)
	require.True(t, ok, "%v", err)
	require.True(t, edited.Unknown)
	require.ErrorContains(t, err, "model en-US: new")
	require.ErrorContains(t, err, "manifest.apis.custom.endpoint")
	require.NotContains(t, err.Error(), "file://", "Amazon has its own addresses of icons")
	f.spec.Force = true
	require.True(t, f.deploy().Imported)
	require.Len(t, f.skill().Models, 2)
}

// TestSkillOfTheSamePackageIsTakenOver has a skill that another tool deployed from the same package.
func TestSkillOfTheSamePackageIsTakenOver(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	f.deploy()
	f.spec.StateDir = t.TempDir()
	require.False(t, f.deploy().Imported)
	require.Equal(t, phaseDone, f.readState(f.skill().ID).Phase)
	f.spec.Files = packageFiles("New name", "en-US")
	require.True(t, f.deploy().Imported)
}

func TestOtherImportIsAwaited(t *testing.T) {
	f := newFixture(t, smapitest.Options{ImportPolls: 12})
	id := f.deploy().SkillID
	f.spec.Files = packageFiles("New name", "en-US")
	other := f.amazon.StartOtherImport(id)
	require.True(t, f.deploy().Imported)
	f.requireLine("waiting for the end of " + other)
	require.Contains(t, string(f.skill().Manifest), "New name", "the own package is imported after it")
}

func TestPreconditionThatFailsIsAQuestion(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	id := f.deploy().SkillID
	f.amazon.Fail(smapitest.Fault{Kind: smapitest.FaultStatus, Status: http.StatusPreconditionFailed, Method: http.MethodPost,
		Path: regexp.MustCompile(id + "/imports$")})
	f.spec.Files = packageFiles("New name", "en-US")
	_, err := f.run()
	edited := requireEdited(t, err)
	require.Error(t, edited.Reason)
	require.Equal(t, phaseDone, f.readState(id).Phase)
	require.True(t, f.deploy().Imported)
}

func TestRefusedUpdateKeepsTheState(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	id := f.deploy().SkillID
	before := f.readState(id)
	f.amazon.Fail(smapitest.Fault{Kind: smapitest.FaultStatus, Status: http.StatusForbidden, Method: http.MethodPost,
		Path: regexp.MustCompile(id + "/imports$")})
	f.spec.Files = packageFiles("New name", "en-US")
	_, err := f.run()
	require.Error(t, err)
	require.Equal(t, before, f.readState(id))
}

// TestKilledUpdateIsNotAnEdit has a run that was killed after Amazon had received its import. The import ended meanwhile.
func TestKilledUpdateIsNotAnEdit(t *testing.T) {
	for _, c := range []struct {
		claim    string
		files    []string
		imported bool
	}{
		{"the same package is not imported again", []string{"New name", "en-US"}, false},
		{"another package is imported without --force", []string{"Newer name", "en-US", "de-DE"}, true},
	} {
		t.Run(c.claim, func(t *testing.T) {
			f := newFixture(t, smapitest.Options{})
			id := f.deploy().SkillID
			before := f.readState(id)
			f.spec.Files = packageFiles("New name", "en-US")
			f.deploy()
			killed := *before
			killed.Phase, killed.Sent = phaseUpdating, f.readState(id).Deployed
			f.storeState(skillKey(id), &killed)

			f.spec.Files = packageFiles(c.files[0], c.files[1:]...)
			imports := f.count(http.MethodPost, id+"/imports")
			require.True(t, f.deploy().Imported)
			require.Equal(t, c.imported, f.count(http.MethodPost, id+"/imports") > imports)
			require.Equal(t, phaseDone, f.readState(id).Phase)
			require.Empty(t, f.readState(id).Lost)
		})
	}
}

// TestTwoKilledUpdatesAreNotEdits has two killed runs with different packages. Amazon imports only the first, and late.
func TestTwoKilledUpdatesAreNotEdits(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	id := f.deploy().SkillID
	first, _, err := newContent(packageFiles("New name", "en-US"))
	require.NoError(t, err)
	killed := f.readState(id)
	killed.Phase, killed.Sent = phaseUpdating, first
	f.storeState(skillKey(id), killed)

	f.spec.Files = packageFiles("Newer name", "en-US", "de-DE")
	const attempts = 8 // of the client
	f.amazon.Fail(smapitest.Fault{Kind: smapitest.FaultCut, Method: http.MethodPost, Path: regexp.MustCompile(id + "/imports$"), Times: attempts})
	_, err = f.run()
	require.Error(t, err)
	require.Equal(t, []*content{first}, f.readState(id).Lost)

	late := f.spec
	late.StateDir, late.Force, late.Files = t.TempDir(), true, packageFiles("New name", "en-US")
	_, err = Run(t.Context(), f.client, late)
	require.NoError(t, err)
	require.True(t, f.deploy().Imported)
	require.Contains(t, string(f.skill().Manifest), "Newer name")
	require.Empty(t, f.readState(id).Lost)
}

func TestKilledUpdateWithAnEditIsStillAnEdit(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	id := f.deploy().SkillID
	killed := f.readState(id)
	killed.Phase, killed.Sent = phaseUpdating, killed.Deployed
	f.storeState(skillKey(id), killed)
	f.amazon.EditManifest(id, func(m map[string]any) { walk(m, "manifest", "publishingInformation")["testingInstructions"] = "mine" })
	f.spec.Files = packageFiles("New name", "en-US", "de-DE")
	_, err := f.run()
	_ = requireEdited(t, err, `manifest: manifest.publishingInformation.testingInstructions: "none" becomes "mine"`)
}

func TestLostAnswerOfAnUpdateIsRepeated(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	id := f.deploy().SkillID
	f.spec.Files = packageFiles("New name", "en-US")
	f.amazon.Fail(smapitest.Fault{Kind: smapitest.FaultLostAnswer, Method: http.MethodPost, Path: regexp.MustCompile(id + "/imports$")})
	require.True(t, f.deploy().Imported)
	require.Contains(t, string(f.skill().Manifest), "New name")
	f.requireLine("another import of the skill is running")
}

func TestManifestThatIsChangedIsAwaited(t *testing.T) {
	f := newFixture(t, smapitest.Options{BuildPolls: 9})
	id := f.deploy().SkillID
	document, err := f.client.Manifest(t.Context(), id)
	require.NoError(t, err)
	require.NoError(t, f.client.SetManifest(t.Context(), id, document.JSON, ""))
	require.False(t, f.deploy().Imported)
}

func TestDryRunOnlyReads(t *testing.T) {
	for _, c := range []struct {
		claim   string
		prepare func(f *fixture)
		want    func(f *fixture, r Report)
	}{
		{"a new skill", func(*fixture) {}, func(f *fixture, r Report) {
			require.True(f.t, r.Created)
			require.Equal(f.t, "manifest: new", r.Changes[0].String())
			f.requireLine("a run would create a skill for the vendor " + vendorID)
		}},
		{"an unchanged skill", func(f *fixture) { f.deploy() }, func(f *fixture, r Report) {
			require.Equal(f.t, Report{SkillID: f.skill().ID}, r)
		}},
		{"a changed package and an edit", func(f *fixture) {
			f.deploy()
			f.spec.Files, f.spec.CertificatePEM, f.spec.AccountLinking = packageFiles("New name", "en-US"), "PEM", []byte("{}")
			f.amazon.EditManifest(f.skill().ID, func(m map[string]any) { walk(m, "manifest", "publishingInformation")["category"] = "BOOKS" })
			f.amazon.DisableSkill(f.skill().ID)
		}, func(f *fixture, r Report) {
			require.True(f.t, r.Imported && r.Enabled && r.Certificate && r.AccountLinking)
			require.Len(f.t, r.Edits, 1)
			require.Equal(f.t, "model de-DE: removed", r.Changes[len(r.Changes)-1].String())
		}},
		{"a skill that another tool made", func(f *fixture) { f.spec.SkillID = f.amazon.AddSkill(vendorID) }, func(f *fixture, r Report) {
			require.True(f.t, r.Imported)
			require.Empty(f.t, r.Edits)
			require.NotEmpty(f.t, r.Changes)
		}},
		{"a creation that was killed", func(f *fixture) {
			f.storeState(endpointKey(endpoint), &state{Phase: phaseCreating, Started: f.clock.Now(), VendorID: vendorID})
		}, func(f *fixture, r Report) {
			require.True(f.t, r.Created)
			f.requireLine("a run would first search for the skill of the creation at 2026-12-01T08:00:00Z")
		}},
		{"an import that was killed", func(f *fixture) {
			f.storeState(endpointKey(endpoint), &state{Phase: phaseImporting, ImportID: "some-import", VendorID: vendorID})
		}, func(f *fixture, _ Report) {
			f.requireLine("a run would first continue the import some-import")
		}},
	} {
		t.Run(c.claim, func(t *testing.T) {
			f := newFixture(t, smapitest.Options{})
			c.prepare(f)
			files := readFolder(t, f.spec.StateDir)
			before, calls := f.amazon.Skills(), len(f.amazon.Requests())
			f.spec.DryRun = true
			c.want(f, f.deploy())
			require.Equal(t, before, f.amazon.Skills())
			require.Equal(t, files, readFolder(t, f.spec.StateDir))
			for _, call := range f.amazon.Requests()[calls:] {
				require.Contains(t, []string{http.MethodGet, http.MethodHead}, call.Method, call.Path)
			}
		})
	}
}
