# A web application with a server of its own.
resource "aws_cognito_user_pool_client" "web" {
  user_pool_id    = aws_cognito_user_pool.people.id
  name            = var.changed ? "web, new" : "web"
  generate_secret = true

  explicit_auth_flows = var.changed ? [
    "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"
  ] : ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]

  allowed_oauth_flows_user_pool_client = true
  allowed_oauth_flows                  = ["code"]
  allowed_oauth_scopes = concat(
    ["openid", "email", "profile", "aws.cognito.signin.user.admin", "${aws_cognito_resource_server.orders.identifier}/read"],
    var.changed ? ["${aws_cognito_resource_server.orders.identifier}/delete"] : [],
  )
  callback_urls        = var.changed ? ["https://example.com/back", "https://example.org/back"] : ["https://example.com/back"]
  logout_urls          = ["https://example.com/bye"]
  default_redirect_uri = "https://example.com/back"

  supported_identity_providers = [
    "COGNITO",
    aws_cognito_identity_provider.google.provider_name,
    aws_cognito_identity_provider.company.provider_name,
    aws_cognito_identity_provider.partner.provider_name,
  ]

  access_token_validity  = var.changed ? 30 : 15
  id_token_validity      = 1
  refresh_token_validity = 7
  auth_session_validity  = var.changed ? 10 : 5

  token_validity_units {
    access_token  = "minutes"
    id_token      = "hours"
    refresh_token = "days"
  }

  prevent_user_existence_errors                 = "ENABLED"
  enable_token_revocation                       = true
  enable_propagate_additional_user_context_data = true

  read_attributes  = ["email", "email_verified", "name", "custom:tenant", "custom:seats"]
  write_attributes = var.changed ? ["email", "name", "custom:seats"] : ["email", "name"]
}

# A single-page application without a secret, whose refresh tokens rotate.
resource "aws_cognito_user_pool_client" "spa" {
  user_pool_id        = aws_cognito_user_pool.people.id
  name                = "spa"
  explicit_auth_flows = ["ALLOW_USER_AUTH", "ALLOW_USER_SRP_AUTH"]

  allowed_oauth_flows_user_pool_client = true
  allowed_oauth_flows                  = ["code", "implicit"]
  allowed_oauth_scopes                 = ["openid", "phone"]
  callback_urls                        = ["http://localhost:3000/", "com.example.app://back"]
  supported_identity_providers         = ["COGNITO"]

  refresh_token_rotation {
    feature                    = "ENABLED"
    retry_grace_period_seconds = var.changed ? 30 : 10
  }
}

# A program that signs in as itself.
resource "aws_cognito_user_pool_client" "batch" {
  user_pool_id    = aws_cognito_user_pool.people.id
  name            = "batch"
  generate_secret = true

  allowed_oauth_flows_user_pool_client = true
  allowed_oauth_flows                  = ["client_credentials"]
  allowed_oauth_scopes                 = ["${aws_cognito_resource_server.orders.identifier}/read"]
  explicit_auth_flows                  = []
  enable_token_revocation              = var.changed
}

# Nothing but a name.
resource "aws_cognito_user_pool_client" "plain" {
  user_pool_id = aws_cognito_user_pool.plain.id
  name         = "plain"
}

# Everything is taken away from it.
resource "aws_cognito_user_pool_client" "former" {
  user_pool_id                         = aws_cognito_user_pool.former.id
  name                                 = "former"
  explicit_auth_flows                  = var.changed ? ["ALLOW_USER_SRP_AUTH"] : ["ADMIN_NO_SRP_AUTH", "USER_PASSWORD_AUTH"]
  allowed_oauth_flows_user_pool_client = !var.changed
  allowed_oauth_flows                  = var.changed ? [] : ["code"]
  allowed_oauth_scopes                 = var.changed ? [] : ["openid"]
  callback_urls                        = var.changed ? [] : ["https://example.com/back"]
  logout_urls                          = var.changed ? [] : ["https://example.com/bye"]
  supported_identity_providers         = var.changed ? [] : ["COGNITO"]
  read_attributes                      = var.changed ? [] : ["email"]
  write_attributes                     = var.changed ? [] : ["email"]
  prevent_user_existence_errors        = var.changed ? "LEGACY" : "ENABLED"
  refresh_token_validity               = var.changed ? 30 : 90
  access_token_validity                = var.changed ? 1 : 600
  id_token_validity                    = var.changed ? 1 : 600

  dynamic "token_validity_units" {
    for_each = var.changed ? [] : ["all"]

    content {
      access_token  = "seconds"
      id_token      = "seconds"
      refresh_token = "minutes"
    }
  }
}

# A client that another service made, as OpenSearch does: taken over, not made.
resource "aws_cognito_user_pool_client" "search" {
  user_pool_id = aws_cognito_user_pool.staff.id
  name         = "AmazonOpenSearchService-house"

  lifecycle {
    ignore_changes = all
  }
}

resource "aws_cognito_managed_user_pool_client" "search" {
  user_pool_id        = aws_cognito_user_pool.staff.id
  name_prefix         = "AmazonOpenSearchService-house"
  explicit_auth_flows = var.changed ? ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"] : ["ALLOW_USER_SRP_AUTH"]
  depends_on          = [aws_cognito_user_pool_client.search]
}
