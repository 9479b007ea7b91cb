terraform {
  required_version = ">= 1.3"
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "endpoint" {
  description = "Where the server answers."
  type        = string
}

variable "changed" {
  description = "Whether everything that can change in place is changed."
  type        = bool
  default     = false
}

# The credentials come from the environment.
provider "aws" {
  region                      = "us-east-1"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true

  endpoints {
    cognitoidp = var.endpoint
  }

  default_tags {
    tags = { team = "identity" }
  }
}

locals {
  lambda = "arn:aws:lambda:us-east-1:000000000000:function"
  role   = "arn:aws:iam::000000000000:role/cognito"
}
