// Package manifests tests the deployment files for Docker Compose and Kubernetes, and the issue forms of the repository. It
// decodes them with the types of these programs, and checks the security settings. It is a separate module, so that the
// product does not depend on either.
package manifests
