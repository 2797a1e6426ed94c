# What a plan must not do, whoever wrote the YAML. It reads plan JSON, of `plan -o json` or a saved
# plan, in which actions stand where Terraform's plans have them:
#
#   conftest test --policy policy --data labels.json plan.json
#
# labels.json holds the labels of the pull request: {"labels": ["allow-removals"]}. Without it there
# are none.
package main

import rego.v1

our_buckets := {"s3://acme-vectors/"}

# Nothing is deleted, replaced, cancelled or forgotten, unless somebody set the label.
deny contains message if {
	some change in input.resource_changes
	some action in change.change.actions
	action in {"delete", "forget"}
	not "allow-removals" in data.labels
	message := sprintf(
		"%s: %s (%s) needs the label allow-removals",
		[change.address, change.action, change.reason],
	)
}

# Data comes from our own buckets.
deny contains message if {
	some change in input.resource_changes
	change.type == "import"
	"create" in change.change.actions
	uri := change.change.after.uri
	not is_ours(uri)
	message := sprintf("%s: %s is none of our buckets", [change.address, uri])
}

# A plan that could not see everything says nothing about the rest.
deny contains message if {
	not input.all_seen
	message := "something could not be read: the plan is not whole"
}

is_ours(uri) if {
	some bucket in our_buckets
	startswith(uri, bucket)
}
