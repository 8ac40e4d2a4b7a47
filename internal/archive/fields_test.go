package archive_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed"
	"lastpost/internal/feed/feedtest"
)

// TestEveryFieldIsStored changes each field of a stored post. The archive must notice and store the change.
func TestEveryFieldIsStored(t *testing.T) {
	complete := fullEntry("a")
	for name, value := range feedtest.Fields(&complete) {
		require.Equal(t, name == "DateKind", value.IsZero(), "set %s in fullEntry in internal/archive/merge_test.go", name)
		if name == "ID" || name == "DateKind" { // the archive chooses the kind of the date
			continue
		}
		changed := fullEntry("a")
		for field, value := range feedtest.Fields(&changed) {
			if field == name {
				setOtherValue(t, field, value)
			}
		}
		a := inMemory(t)
		poll(t, a, t0, fullEntry("a"))
		require.Equal(t, feed.StoreResult{Changed: 1}, poll(t, a, t0, changed), "compare %s in isUnchanged in internal/archive/match.go", name)
		stored := onlyEntry(t, a)
		require.Equal(t, fieldValue(&changed, name), fieldValue(&stored, name),
			"store %s in insertBody in internal/archive/write.go, and read it in internal/archive/entries.go", name)
	}
}

// setOtherValue sets a field to another valid value.
func setOtherValue(t *testing.T, name string, value reflect.Value) {
	t.Helper()
	switch v := value.Addr().Interface().(type) {
	case *string:
		*v += "x"
	case *[]string:
		*v = []string{"other"}
	case *time.Time:
		*v = v.Add(-time.Hour)
	default:
		require.Fail(t, "unknown kind of field", "add the type of %s to setOtherValue in internal/archive/fields_test.go", name)
	}
}

func fieldValue(e *feed.Entry, name string) any {
	for field, value := range feedtest.Fields(e) {
		if field == name {
			return value.Interface()
		}
	}
	return nil
}
