# A user pool as projects keep it in Terraform: members sign in with their e-mail address, a web application uses
# OAuth, a program has its own client and scopes.
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region = "us-east-1"

  # Only Cognito is used: no other service is asked who the caller is.
  skip_credentials_validation = true
  skip_requesting_account_id  = true
}

resource "aws_cognito_user_pool" "members" {
  name                     = "members"
  username_attributes      = ["email"]
  auto_verified_attributes = ["email"]
  mfa_configuration        = "OPTIONAL"

  password_policy {
    minimum_length    = 12
    require_lowercase = true
    require_uppercase = true
    require_numbers   = true
    require_symbols   = false
  }

  software_token_mfa_configuration {
    enabled = true
  }

  account_recovery_setting {
    recovery_mechanism {
      name     = "verified_email"
      priority = 1
    }
  }

  schema {
    name                = "tenant"
    attribute_data_type = "String"
    mutable             = false

    string_attribute_constraints {
      min_length = 1
      max_length = 36
    }
  }
}

resource "aws_cognito_resource_server" "orders" {
  user_pool_id = aws_cognito_user_pool.members.id
  identifier   = "orders"
  name         = "Orders"

  scope {
    scope_name        = "read"
    scope_description = "See orders"
  }
}

resource "aws_cognito_user_pool_client" "web" {
  user_pool_id                         = aws_cognito_user_pool.members.id
  name                                 = "web"
  explicit_auth_flows                  = ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
  prevent_user_existence_errors        = "ENABLED"
  supported_identity_providers         = ["COGNITO"]
  allowed_oauth_flows_user_pool_client = true
  allowed_oauth_flows                  = ["code"]
  allowed_oauth_scopes                 = ["openid", "email"]
  callback_urls                        = ["http://localhost:3000/"]
  access_token_validity                = 15

  token_validity_units {
    access_token = "minutes"
  }
}

resource "aws_cognito_user_pool_client" "batch" {
  user_pool_id                         = aws_cognito_user_pool.members.id
  name                                 = "batch"
  generate_secret                      = true
  allowed_oauth_flows_user_pool_client = true
  allowed_oauth_flows                  = ["client_credentials"]
  allowed_oauth_scopes                 = aws_cognito_resource_server.orders.scope_identifiers
}

resource "aws_cognito_user_group" "staff" {
  user_pool_id = aws_cognito_user_pool.members.id
  name         = "staff"
  precedence   = 1
}

output "user_pool_id" {
  value = aws_cognito_user_pool.members.id
}

output "client_id" {
  value = aws_cognito_user_pool_client.web.id
}
