resource "aws_cognito_user" "ada" {
  user_pool_id       = aws_cognito_user_pool.people.id
  username           = "ada@example.com"
  temporary_password = "A-quiet-island-1815"
  message_action     = "SUPPRESS"

  attributes = {
    email          = "ada@example.com"
    email_verified = "true"
    name           = var.changed ? "Ada King" : "Ada"
    tenant         = "lovelace"
    seats          = "3"
  }
}

resource "aws_cognito_user" "grace" {
  user_pool_id             = aws_cognito_user_pool.staff.id
  username                 = "grace"
  password                 = var.changed ? "Another-island-1906" : "A-quiet-island-1906"
  enabled                  = !var.changed
  desired_delivery_mediums = ["EMAIL"]

  attributes = {
    email          = "grace@example.com"
    email_verified = "true"
  }

  client_metadata = { from = "terraform" }
}

resource "aws_cognito_user_group" "editors" {
  user_pool_id = aws_cognito_user_pool.people.id
  name         = "editors"
  description  = var.changed ? "Those who write" : "Those who may write"
  precedence   = var.changed ? 2 : 1
  role_arn     = local.role
}

resource "aws_cognito_user_group" "readers" {
  user_pool_id = aws_cognito_user_pool.people.id
  name         = "readers"
}

resource "aws_cognito_user_in_group" "ada" {
  user_pool_id = aws_cognito_user_pool.people.id
  group_name   = aws_cognito_user_group.editors.name
  username     = aws_cognito_user.ada.username
}
